using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>A Redis with one job that runs.</summary>
internal sealed class LiveSystem : IAsyncDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("agno-micro-");
    private readonly int port = FreePorts.Next();
    private readonly ChildProcess redis;

    private LiveSystem() => redis = RedisProcess.Create(port, fsync: "", directory.FullName);

    public JobsHost Host { get; private set; } = null!;

    public ClaimedJob Job { get; private set; } = null!;

    public static async Task<LiveSystem> StartAsync()
    {
        var system = new LiveSystem();
        await system.redis.StartAsync(CancellationToken.None);
        system.Host = await JobsHost.StartAsync(system.port, "micro");
        var id = JobId.New();
        await system.Host.AdmitAsync(id, "caller");
        await system.Host.Get<JobQueue>().EnqueueAsync(id, "caller");
        system.Job = (await system.Host.Get<JobStore>().StartAsync((await system.Host.Get<JobQueue>().ClaimAsync())!, "micro"))!;
        return system;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await redis.DisposeAsync();
        directory.Delete(recursive: true);
    }
}
