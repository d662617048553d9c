using AgnoAspire.ChatJobs.Streams;
using BenchmarkDotNet.Attributes;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>A Redis with one running job.</summary>
internal sealed class LiveSystem : IAsyncDisposable
{
    private readonly ServerProcess redis;

    private LiveSystem(ServerProcess redis, ChatJobsHost host, ClaimedJob job) => (this.redis, Host, Job) = (redis, host, job);

    public ChatJobsHost Host { get; }

    public ClaimedJob Job { get; }

    public static async Task<LiveSystem> StartAsync()
    {
        var redis = await RedisServer.StartAsync();
        var host = await ChatJobsHost.StartAsync(redis.Address.Authority, "micro");
        await host.EnqueueAsync();
        return new LiveSystem(redis, host, await host.ClaimAndBeginAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await redis.DisposeAsync();
    }
}

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
