using System.Text.Json;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The native face's events: the chunks as they are in the log.</summary>
internal sealed class ChatChunkFormatter(string model) : IChunkFormatter
{
    public string PathOf(string jobId) => ChatEndpoints.PathOf(jobId);

    public void Begin(SseWriter events)
    {
    }

    public void Chunk(SseWriter events, SequencedChunk chunk) => events.Chunk(chunk);

    public void StreamLost(SseWriter events) => events.Data(JsonSerializer.SerializeToUtf8Bytes(StreamLoss.Chunk(model)));
}
