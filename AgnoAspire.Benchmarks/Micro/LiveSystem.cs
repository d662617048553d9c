using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.Testing;

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
