using AgnoAspire.ChatJobs.Streams;
using BenchmarkDotNet.Attributes;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>From the provider's delta to the bytes of the log.</summary>
public class ChunkEncoding
{
    private readonly ChunkEncoder encoder = new("bench");
    private readonly TextBuffer buffer = new();

    [Benchmark]
    public byte[] Encode() => encoder.Text("Once upon a time ");

    [Benchmark]
    public byte[] Encode_with_escapes() => encoder.Text("\n\"größer\" 👩‍🚀 ");

    [Benchmark]
    public byte[] Buffer_and_encode()
    {
        buffer.Add("Once upon a time ");
        return encoder.Text(buffer.Drain(all: false));
    }

    [GlobalCleanup]
    public void Stop() => encoder.Dispose();
}
