using System.IO.Pipelines;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.Tests.Unit.ApiService.Streaming;

/// <summary>What is written to a response, as text.</summary>
internal static class SseText
{
    public static string Of(Action<SseWriter> write)
    {
        using var stream = new MemoryStream();
        var output = PipeWriter.Create(stream);
        write(new SseWriter(output));
        output.Complete();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public static SequencedChunk Chunk(long sequence, Func<ChunkEncoder, byte[]> encode)
    {
        using var encoder = new ChunkEncoder("demo");
        return new SequencedChunk(sequence, encode(encoder));
    }
}
