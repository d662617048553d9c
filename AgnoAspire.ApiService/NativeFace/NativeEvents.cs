using System.Text.Json;
using AgnoAspire.ApiService.Relay;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.NativeFace;

/// <summary>The native face's events: the chunks as they are in the log.</summary>
internal sealed class NativeEvents(string model) : IEventFace
{
    public string PathOf(string jobId) => ChatEndpoints.PathOf(jobId);

    public void Begin(EventWriter events)
    {
    }

    public void Chunk(EventWriter events, LoggedChunk chunk) => events.Chunk(chunk);

    public void Lost(EventWriter events) => events.Data(JsonSerializer.SerializeToUtf8Bytes(StreamLoss.Chunk(model)));
}
