using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Tests.ChatJobs;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Tests.Worker.Processing;

/// <summary>A worker that is asked to stop while Redis is unreachable.</summary>
public sealed class ShutdownDuringOutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private RedisServer redis = null!;
    private IHost host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private JobQueue Queue => host.Services.GetRequiredService<JobQueue>();

    private StreamLog Log => host.Services.GetRequiredService<StreamLog>();

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        redis = await RedisServer.StartAsync(appendOnly: true);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = $"{redis.ConnectionString},asyncTimeout=500",
            ["Models:demo:Provider"] = "demo",
        });
        builder.AddInferenceWorker();
        host = builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        host?.Dispose();
        await (redis?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task Claim_that_never_ran_is_requeued_without_an_attempt_when_redis_is_back()
    {
        await EnqueueAsync();
        using var job = new JobExecution((await Queue.ClaimAsync())!, () => { });
        using var log = new LogCollector();

        await redis.KillAsync();
        var running = Runner(log).RunAsync(job);
        await log.Logged.WaitAsync(Limit, TimeProvider.System, Cancel);
        job.Stop(StopReason.Draining);
        await redis.LaunchAsync();
        await running.WaitAsync(Limit, TimeProvider.System, Cancel);

        Assert.Equal(1, (await Queue.ClaimAsync())!.Attempt);
    }

    [Fact]
    public async Task Retried_append_ends_when_it_is_cancelled()
    {
        await EnqueueAsync();
        var job = (await Log.StartAsync((await Queue.ClaimAsync())!, "test"))!;
        using var stop = new CancellationTokenSource();
        var writer = Log.OpenWriter(job, []);

        await redis.KillAsync();
        var completing = writer.CompleteAsync(FinishReason.Stop, null, null);
        await stop.CancelAsync();

        Assert.NotEqual(WriterStatus.Active, await completing.WaitAsync(Limit, TimeProvider.System, Cancel));
    }

    private async Task EnqueueAsync()
    {
        var id = JobId.New();
        await host.Services.GetRequiredService<JobStore>().CreateAsync(ChatJobsHost.NewJob(id));
        await Queue.EnqueueAsync(id, "caller");
    }
}
