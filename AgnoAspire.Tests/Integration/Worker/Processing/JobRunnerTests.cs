using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Tests.Integration.Worker.Processing;

/// <summary>One claimed job in a worker, with Redis going away at the worst moment.</summary>
public sealed class JobRunnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_job_claimed_just_before_redis_went_away_runs_under_that_claim_when_it_is_back()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var redis = await RedisServer.StartAsync(appendFsync: "everysec");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = $"{redis.Address.Authority},asyncTimeout=500",
            ["Models:demo:Provider"] = "demo",
        });
        var signal = new FirstLogSignal();
        builder.AddInferenceWorker();
        builder.Services.AddSingleton<ILogger<JobLifecycle>>(signal);
        using var host = builder.Build();
        var services = host.Services;
        var queue = services.GetRequiredService<JobQueue>();
        var jobs = services.GetRequiredService<JobStore>();
        var runner = services.GetRequiredService<JobRunner>();
        var id = JobId.New();
        await jobs.CreateAsync(ChatJobsHost.NewJob(id));
        await queue.EnqueueAsync(id, "caller");
        using var job = new JobExecution((await queue.ClaimAsync())!, () => { });

        await redis.KillAsync();
        var running = runner.RunAsync(job, TestContext.Current.CancellationToken);
        await Task.WhenAny(running, signal.Written).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        await redis.StartAsync(TestContext.Current.CancellationToken);
        await running.WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal(JobStatus.Completed, (await jobs.ReadAsync(id))!.Status);
        Assert.Null(await queue.ClaimAsync());
    }
}
