using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Tests.Integration.Worker.Processing;

/// <summary>A worker that stops or dies between two steps: while Redis is unavailable, or after the terminal chunk.</summary>
public sealed class ShutdownDuringOutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly FirstLogSignal log = new();
    private ServerProcess redis = null!;
    private IHost host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private JobQueue Queue => Get<JobQueue>();

    private JobStore Jobs => Get<JobStore>();

    private StreamLog Log => Get<StreamLog>();

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        redis = await RedisServer.StartAsync(appendFsync: "always");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = $"{redis.Address.Authority},asyncTimeout=500",
            ["Models:demo:Provider"] = "demo",
        });
        builder.AddInferenceWorker();
        builder.Services.AddSingleton<ILogger<JobLifecycle>>(log);
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
        using var job = new JobExecution(await ClaimAsync(), () => { });

        await redis.KillAsync();
        var running = RunAsync(job);
        await log.Written.WaitAsync(Limit, TimeProvider.System, Cancel);
        job.Stop(StopReason.Draining);
        await redis.StartAsync(Cancel);
        await running.WaitAsync(Limit, TimeProvider.System, Cancel);

        Assert.Equal(1, (await Jobs.StartAsync((await Queue.ClaimAsync())!, "test"))!.Attempt);
    }

    [Fact]
    public async Task Retried_append_ends_when_it_is_cancelled()
    {
        var job = (await Jobs.StartAsync(await ClaimAsync(), "test"))!;
        using var stop = new CancellationTokenSource();
        await using var writer = Log.OpenWriter(job, [], new AppendRetry(null, stop.Token));

        await redis.KillAsync();
        var completing = writer.CompleteAsync(FinishReason.Stop, null, null);
        await stop.CancelAsync();

        Assert.Equal(WriterStatus.Unavailable, await completing.WaitAsync(Limit, TimeProvider.System, Cancel));
    }

    [Fact]
    public async Task Finished_job_that_cannot_be_appended_at_shutdown_is_requeued()
    {
        var claim = await ClaimAsync();
        using var job = new JobExecution(claim, () => { });
        var running = RunAsync(job);
        await redis.KillAsync();
        job.Stop(StopReason.Cancelled);
        job.Stop(StopReason.Draining);
        await redis.StartAsync(Cancel);
        await running.WaitAsync(Limit, TimeProvider.System, Cancel);

        // It has ended here, or it waits for another worker, which is not the second attempt.
        var hasEnded = (await Jobs.ReadAsync(claim.JobId))!.HasEnded;
        var next = await Queue.ClaimAsync();
        Assert.Equal(hasEnded, next is null);
        Assert.Equal(hasEnded ? null : 1, next is null ? null : (await Jobs.StartAsync(next, "test"))?.Attempt);
    }

    [Fact]
    public async Task Dead_letter_of_a_worker_that_died_before_it_released_the_claim_is_kept()
    {
        var claim = await ClaimAsync();
        await using (var writer = Log.OpenWriter((await Jobs.StartAsync(claim, "test"))!, []))
        {
            await writer.CompleteAsync(FinishReason.Error, null, new ChatError(ErrorCode.AttemptsExhausted, "test"));
        }

        await Queue.RequeueAsync(claim);
        using var next = new JobExecution((await Queue.ClaimAsync())!, () => { });
        await RunAsync(next).WaitAsync(Limit, TimeProvider.System, Cancel);

        Assert.Equal(claim.JobId, Assert.Single(await Get<DeadLetterQueue>().ListAsync(10)).JobId);
    }

    private T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    private Task RunAsync(JobExecution job) => Get<JobRunner>().RunAsync(job, Cancel);

    private async Task<JobClaim> ClaimAsync()
    {
        var job = ChatJobsHost.NewJob(JobId.New());
        await Get<JobAdmitter>().EnqueueAsync(job, await Jobs.CreateAsync(job));
        return (await Queue.ClaimAsync())!;
    }
}
