using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.Tests.EndToEnd.Authentication;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Contract;

/// <summary>What the shared rate limits promise.</summary>
public abstract class RateLimitContract(ServerFixture server) : ServerContract(server)
{
    [Fact]
    public async Task Requests_are_counted_per_caller_across_replicas()
    {
        var two = await StartAsync();
        var limit = new RateLimit(2, null);

        Assert.Equal(RateDecision.Granted, (await ReserveAsync(One, "a", "job1", limit)).Decision);
        Assert.Equal(RateDecision.CountedAlready, (await ReserveAsync(two, "a", "job1", limit)).Decision);
        Assert.Equal(RateDecision.Granted, (await ReserveAsync(two, "a", "job2", limit)).Decision);
        var refused = await ReserveAsync(One, "a", "job3", limit);
        Assert.Equal(RateDecision.TooManyRequests, refused.Decision);
        Assert.Equal(2, refused.Requests);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(61));
        Assert.Equal(RateDecision.Granted, (await ReserveAsync(One, "{b}: \n", "job3", limit)).Decision);
    }

    [Fact]
    public async Task Tokens_are_reserved_settled_and_released()
    {
        var limits = One.Get<RateLimits>();
        var limit = new RateLimit(null, 100);

        Assert.Equal(60, (await limits.ReserveAsync("a", "job1", limit, 60)).Tokens);
        Assert.Equal(RateDecision.TooManyTokens, (await limits.ReserveAsync("a", "job2", limit, 60)).Decision);
        await limits.SettleAsync("a", "job1", 10);
        await limits.SettleAsync("a", "job1", 10);
        Assert.Equal(70, (await limits.ReserveAsync("a", "job2", limit, 60)).Tokens);
        await limits.ReleaseAsync("a", "job2");
        await limits.ReleaseAsync("a", "job2");
        await limits.SettleAsync("a", "unknown", 1000);
        Assert.Equal(11, (await limits.ReserveAsync("a", "job3", limit, 1)).Tokens);
    }

    [Fact]
    public async Task Request_above_limit_is_granted_in_empty_minute_only()
    {
        var limits = One.Get<RateLimits>();
        var limit = new RateLimit(null, 100);

        Assert.True((await limits.ReserveAsync("a", "job1", limit, 5000)).IsGranted);
        await limits.SettleAsync("a", "job1", 1);
        Assert.False((await limits.ReserveAsync("a", "job2", limit, 5000)).IsGranted);
    }

    [Fact]
    public async Task Counts_of_thousands_of_requests_stay_exact()
    {
        var limits = One.Get<RateLimits>();
        var limit = new RateLimit(2000, 2000);
        var granted = 0;
        await Task.WhenAll(Enumerable.Range(0, 2500).Select(async i =>
        {
            if ((await limits.ReserveAsync("a", $"job{i}", limit, 1)).IsGranted)
            {
                Interlocked.Increment(ref granted);
            }
        }));

        Assert.Equal(2000, granted);
        await limits.ReleaseAsync("a", "unknown");
        var refused = await limits.ReserveAsync("a", "late", limit, 1);
        Assert.Equal((RateDecision.TooManyRequests, 2000, 2000), (refused.Decision, refused.Requests, refused.Tokens));
    }

    private static Task<RateReservation> ReserveAsync(ChatJobsHost host, string caller, string job, RateLimit limit) =>
        host.Get<RateLimits>().ReserveAsync(caller, job, limit, tokens: 1);
}

public sealed class RateLimitOnGarnetTests(EmbeddedFixture server) : RateLimitContract(server), IClassFixture<EmbeddedFixture>;

public sealed class RateLimitOnRedisTests(RedisFixture server) : RateLimitContract(server), IClassFixture<RedisFixture>
{
    private readonly RedisFixture server = server;

    [Theory]
    [InlineData(null, 2000)]
    [InlineData(2000, null)]
    public async Task Refusal_runs_few_commands_however_many_requests_are_counted(int? requests, int? tokens)
    {
        var limits = One.Get<RateLimits>();
        var limit = new RateLimit(requests, tokens);
        await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => limits.ReserveAsync("a", $"job{i}", limit, 1)));
        await using var monitor = await RedisMonitor.StartAsync(server.Port, Cancel);

        Assert.False((await limits.ReserveAsync("a", "late", limit, 2000)).IsGranted);

        // Those of scripts are among them.
        Assert.InRange((await monitor.CommandsAboutAsync("{rate:", Cancel)).Count, 1, 100);
    }
}
