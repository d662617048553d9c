using AgnoAspire.ChatJobs.Streams;
using BenchmarkDotNet.Attributes;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>From the provider's piece to the bytes of the log.</summary>
public class ChunkMaking
{
    private readonly ChunkEncoder encoder = new("bench");
    private readonly TextBuffer gate = new();

    [Benchmark]
    public byte[] Encode() => encoder.Text("Once upon a time ");

    [Benchmark]
    public byte[] Encode_what_needs_escapes() => encoder.Text("\n\"größer\" 👩‍🚀 ");

    [Benchmark]
    public byte[] Gather_and_encode()
    {
        gate.Add("Once upon a time ");
        return encoder.Text(gate.Drain(all: false));
    }

    [GlobalCleanup]
    public void Stop() => encoder.Dispose();
}
