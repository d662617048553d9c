using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs;
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
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Tests.Worker.Processing;

/// <summary>One claimed job in a worker, with Redis going away at the worst moment.</summary>
public sealed class JobRunnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_job_claimed_just_before_redis_went_away_runs_under_that_claim_when_it_is_back()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var redis = await RedisServer.StartAsync(appendOnly: true);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = $"{redis.ConnectionString},asyncTimeout=500",
            ["Models:demo:Provider"] = "demo",
        });
        builder.AddInferenceWorker();
        using var host = builder.Build();
        var services = host.Services;
        var ear = new Ear();
        var queue = services.GetRequiredService<JobQueue>();
        var jobs = services.GetRequiredService<JobStore>();
        var runner = new JobRunner(
            queue, services.GetRequiredService<JobStore>(), services.GetRequiredService<RateLimits>(), services.GetRequiredService<StreamLog>(), services.GetRequiredService<ModelCatalog>(), services.GetRequiredService<ChatJobsMetrics>(),
            TimeProvider.System, services.GetRequiredService<IOptions<ChatJobsOptions>>(), services.GetRequiredService<IOptions<WorkerOptions>>(), ear);
        var id = JobId.New();
        await jobs.CreateAsync(ChatJobsHost.NewJob(id));
        await queue.EnqueueAsync(id, "caller");
        using var job = new JobExecution((await queue.ClaimAsync())!, () => { });

        await redis.KillAsync();
        var running = runner.RunAsync(job);
        await Task.WhenAny(running, ear.Heard).WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        await redis.LaunchAsync();
        await running.WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal(JobStatus.Completed, (await jobs.ReadAsync(id))!.Status);
        Assert.Null(await queue.ClaimAsync());
    }

    // Hears the first thing the runner has to say.
    private sealed class Ear : ILogger<JobRunner>
    {
        private readonly TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Heard => heard.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => heard.TrySetResult();
    }
}
