using AgnoAspire.ChatJobs.Streams;
using BenchmarkDotNet.Attributes;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>One chunk into the log of a Redis on this machine: the round trip, and what this side of it allocates.</summary>
public class Append
{
    private LiveSystem system = null!;
    private byte[] chunk = [];
    private long sequence;

    [GlobalSetup]
    public async Task StartAsync()
    {
        system = await LiveSystem.StartAsync();
        using var encoder = new ChunkEncoder("bench");
        chunk = encoder.Text("Once upon a time ");
    }

    [GlobalCleanup]
    public async Task StopAsync() => await system.DisposeAsync();

    [Benchmark]
    public async Task One_append() =>
        await system.Host.Get<StreamLog>().AppendAsync(system.Job.Claim, ++sequence, chunk, AppendKind.Chunk);
}
