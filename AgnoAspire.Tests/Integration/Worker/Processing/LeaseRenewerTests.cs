using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.Tests.EndToEnd.Authentication;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Integration.Worker.Processing;

/// <summary>Heartbeats of jobs and reports of viewers, spread over their interval instead of one burst.</summary>
public sealed class LeaseRenewerTests
{
    private const int Jobs = 64;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Heartbeats_of_many_jobs_are_spread_over_the_interval()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var redis = await RedisServer.StartAsync();
        var time = new FakeTimeProvider();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = redis.Address.Authority,
            ["Models:demo:Provider"] = "demo",
            ["Worker:MaxConcurrentJobs"] = "1",
        });
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddInferenceWorker();
        using var host = builder.Build();
        var executions = host.Services.GetRequiredService<JobExecutions>();
        var queue = host.Services.GetRequiredService<JobQueue>();
        for (var i = 0; i < Jobs; i++)
        {
            var id = JobId.New();
            await host.Services.GetRequiredService<JobStore>().CreateAsync(ChatJobsHost.NewJob(id));
            await queue.EnqueueAsync(id, "caller");
            executions.Add((await queue.ClaimAsync())!, () => { });
        }

        var renewer = host.Services.GetServices<IHostedService>().OfType<LeaseRenewer>().Single();
        await using var monitor = await RedisMonitor.StartAsync(redis.Address.Port, Cancel);
        await renewer.StartAsync(Cancel);
        var bursts = await BurstsAsync(monitor, time, TimeSpan.FromSeconds(10), "\"HMGET\"");
        await renewer.StopAsync(Cancel);

        // Two intervals of 5 seconds, and one read of the job's record for each heartbeat.
        AssertSpread(bursts);
    }

    [Fact]
    public async Task Reports_of_many_viewers_are_spread_over_the_interval()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var redis = await RedisServer.StartAsync();
        var time = new FakeTimeProvider();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:redis"] = redis.Address.Authority });
        builder.Services.AddSingleton<TimeProvider>(time);
        AgnoAspire.ChatJobs.ChatJobsExtensions.AddChatJobs(builder);
        AgnoAspire.ChatJobs.ChatJobsExtensions.AddLiveRelay(builder);
        using var host = builder.Build();
        var relay = host.Services.GetRequiredService<LiveRelay>();
        await relay.StartAsync(Cancel);
        var viewers = new List<Viewer>();
        for (var i = 0; i < Jobs; i++)
        {
            var id = JobId.New();
            await host.Services.GetRequiredService<JobStore>().CreateAsync(ChatJobsHost.NewJob(id));
            viewers.Add(await relay.WatchAsync(id, 0, TimeSpan.FromHours(1), Cancel));
        }

        await using var monitor = await RedisMonitor.StartAsync(redis.Address.Port, Cancel);
        var bursts = await BurstsAsync(monitor, time, TimeSpan.FromSeconds(21), "\"ZADD\"");
        foreach (var viewer in viewers)
        {
            await viewer.DisposeAsync();
        }

        await relay.StopAsync(Cancel);
        AssertSpread(bursts);
    }

    // Each job in each of two intervals, and never half of them in one step.
    private static void AssertSpread(List<int> bursts)
    {
        Assert.InRange(bursts.Sum(), Jobs, Jobs * 3);
        Assert.True(bursts.Max() <= Jobs / 2, $"Bursts: {string.Join(' ', bursts)}.");
    }

    // How many commands about jobs each step of the clock brings, once they have all arrived.
    private static async Task<List<int>> BurstsAsync(RedisMonitor monitor, FakeTimeProvider time, TimeSpan during, string command)
    {
        var bursts = new List<int>();
        var before = (await monitor.CommandsAboutAsync(command, Cancel)).Count;
        for (var elapsed = TimeSpan.Zero; elapsed < during; elapsed += Step)
        {
            time.Advance(Step);
            var count = before;
            int seen;
            do
            {
                seen = count;
                count = (await monitor.CommandsAboutAsync(command, Cancel)).Count;
            }
            while (count != seen);
            bursts.Add(count - before);
            before = count;
        }

        return bursts;
    }
}
