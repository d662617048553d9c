using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.Contract;

/// <summary>When a worker counts as lost: its subscription is gone, or its lease has expired. A lease is longer than these tests unless they say so.</summary>
public abstract class WorkerPresenceContract(ServerFixture server) : ServerContract(server)
{
    private RedisKeys Keys => One.Get<RedisKeys>();

    [Fact]
    public async Task Jobs_of_a_worker_whose_connection_is_gone_are_requeued_without_an_attempt()
    {
        var lost = await StartWorkerAsync(subscribes: true);
        var (claim, unstarted) = (await StartJobAsync(lost), await ClaimAsync(lost));
        await SettleAsync();
        await One.Queue.RecoverExpiredAsync();
        Assert.Equal("present", (string?)await MarkAsync(lost));

        await lost.DisposeAsync();
        var requeued = await EventuallyAsync(One.Queue.RecoverExpiredAsync, jobs => jobs.Count > 0);

        Assert.Equal(new[] { claim.JobId, unstarted.JobId }.Order(), requeued.Order());
        Assert.Equal((1, 1), ((await One.ClaimAndBeginAsync()).Attempt, (await One.ClaimAndBeginAsync()).Attempt));
        Assert.Equal(0, await Database.SortedSetLengthAsync(Keys.Workers));
        Assert.Equal(0, await Database.HashLengthAsync(Keys.Presence));
    }

    [Fact]
    public async Task Attempt_that_a_worker_taken_for_lost_relinquishes_is_taken_back_once()
    {
        await One.EnqueueAsync();
        var first = await StartWorkerAsync(subscribes: false, ("ChatJobs:LeaseDuration", "00:00:01"));
        await first.ClaimAndBeginAsync();
        await EventuallyAsync(One.Queue.RecoverExpiredAsync, jobs => jobs.Count > 0);
        var slow = await StartWorkerAsync(subscribes: false);
        var second = await slow.ClaimAndBeginAsync();
        await SettleAsync();
        await MarkAbsentAsync(slow);
        Assert.Single(await One.Queue.RecoverExpiredAsync());
        await slow.Jobs.RelinquishAsync(second.Claim);

        Assert.Equal((2, 2), (second.Attempt, (await One.ClaimAndBeginAsync()).Attempt));
    }

    [Fact]
    public async Task Takeover_counts_as_an_attempt_after_the_most_allowed()
    {
        var attempts = new List<int>();
        await One.EnqueueAsync();
        for (var i = 0; i < 4; i++)
        {
            var lost = await StartWorkerAsync(subscribes: false, ("ChatJobs:MaxTakeovers", "2"));
            attempts.Add((await lost.ClaimAndBeginAsync()).Attempt);
            await SettleAsync();
            await MarkAbsentAsync(lost);
            Assert.Single(await One.Queue.RecoverExpiredAsync());
        }

        Assert.Equal([1, 1, 1, 2], attempts);
    }

    [Fact]
    public async Task Worker_that_was_never_seen_present_is_judged_by_its_lease()
    {
        var silent = await StartWorkerAsync(subscribes: false, ("ChatJobs:LeaseDuration", "00:00:01"));
        var claim = await StartJobAsync(silent);
        await SettleAsync();

        var requeued = await EventuallyAsync(
            async () =>
            {
                var jobs = await One.Queue.RecoverExpiredAsync();
                Assert.True((await MarkAsync(silent)).IsNull);
                return jobs;
            },
            jobs => jobs.Count > 0);

        Assert.Equal([claim.JobId], requeued);
        Assert.Equal(2, (await One.ClaimAndBeginAsync()).Attempt);
    }

    [Fact]
    public async Task Worker_that_renewed_since_the_first_absence_is_not_lost_until_it_was_seen_again()
    {
        var alive = await StartWorkerAsync(subscribes: false);
        await StartJobAsync(alive);
        await SettleAsync();
        await MarkAbsentAsync(alive, deadline: "1");

        Assert.Empty(await One.Queue.RecoverExpiredAsync());
        Assert.True((await MarkAsync(alive)).IsNull);
    }

    [Fact]
    public async Task First_absence_is_not_enough()
    {
        var absent = await StartWorkerAsync(subscribes: false);
        await StartJobAsync(absent);
        await SettleAsync();
        await Database.HashSetAsync(Keys.Presence, absent.Get<WorkerPresence>().WorkerId, "present");

        Assert.Empty(await One.Queue.RecoverExpiredAsync());
        Assert.Equal(await DeadlineAsync(absent), ((string)(await MarkAsync(absent))!).Split(' ')[1]);
    }

    [Theory]
    [InlineData("server", "another server")]
    [InlineData("recovered", "1")]
    [InlineData("settled", "9999999999999")]
    public async Task No_worker_is_lost_after_a_failover_or_an_outage_until_all_had_time_to_subscribe(string field, string value)
    {
        var absent = await StartWorkerAsync(subscribes: false);
        await StartJobAsync(absent);
        await SettleAsync();
        await MarkAbsentAsync(absent);
        await Database.HashSetAsync(Keys.State, field, value);

        Assert.Empty(await One.Queue.RecoverExpiredAsync());
        Assert.Empty(await One.Queue.RecoverExpiredAsync());
        Assert.NotEqual("0", (string?)await Database.HashGetAsync(Keys.State, "settled"));
    }

    [Fact]
    public async Task Claim_that_a_live_worker_does_not_know_is_requeued()
    {
        var worker = await StartWorkerAsync(subscribes: true, ("ChatJobs:LeaseDuration", "00:00:01"));
        var claim = await ClaimAsync(worker);

        // Its reply was lost, so it is never renewed; the worker's own lease is.
        Assert.Equal([claim.JobId], await EventuallyAsync(worker.Queue.RecoverExpiredAsync, jobs => jobs.Count > 0));
        Assert.Equal(1, await Database.SortedSetLengthAsync(Keys.Workers));
    }

    [Fact]
    public async Task Released_and_requeued_claims_leave_nothing_behind()
    {
        var worker = await StartWorkerAsync(subscribes: false);
        var requeued = await StartJobAsync(worker);
        await worker.Queue.RequeueAsync(requeued);
        await worker.Queue.ReleaseAsync((await worker.Queue.ClaimAsync())!);

        Assert.Equal(0, await Database.HashLengthAsync(Keys.Claims));
        Assert.Equal(0, await Database.SortedSetLengthAsync(Keys.Leases));
    }

    private async Task<ChatJobsHost> StartWorkerAsync(bool subscribes, params (string Name, string Value)[] configured)
    {
        var host = await StartAsync(settings =>
        {
            settings["ChatJobs:LeaseDuration"] = "00:10:00";
            foreach (var (name, value) in configured)
            {
                settings[name] = value;
            }
        });
        host.Get<WorkerPresence>().Begin();
        if (subscribes)
        {
            await host.Get<WorkerPresence>().SubscribeAsync();
        }

        return host;
    }

    private static async Task<JobClaim> ClaimAsync(ChatJobsHost worker)
    {
        await worker.EnqueueAsync();
        return (await worker.Queue.ClaimAsync())!;
    }

    private static async Task<JobClaim> StartJobAsync(ChatJobsHost worker)
    {
        var claim = await ClaimAsync(worker);
        await worker.Jobs.StartAsync(claim, "test");
        return claim;
    }

    // As if this server had been the same for more than the settling time.
    private async Task SettleAsync()
    {
        await One.Queue.RecoverExpiredAsync();
        await Database.HashSetAsync(Keys.State, "settled", "0");
    }

    private async Task<string> DeadlineAsync(ChatJobsHost worker) =>
        ((long)(await Database.SortedSetScoreAsync(Keys.Workers, worker.Get<WorkerPresence>().WorkerId))!.Value).ToString(CultureInfo.InvariantCulture);

    // Absent for long; by default its lease was not renewed since.
    private async Task MarkAbsentAsync(ChatJobsHost worker, string? deadline = null) =>
        await Database.HashSetAsync(Keys.Presence, worker.Get<WorkerPresence>().WorkerId, $"1 {deadline ?? await DeadlineAsync(worker)}");

    private Task<RedisValue> MarkAsync(ChatJobsHost worker) => Database.HashGetAsync(Keys.Presence, worker.Get<WorkerPresence>().WorkerId);
}

public sealed class WorkerPresenceOnGarnetTests(EmbeddedFixture server) : WorkerPresenceContract(server), IClassFixture<EmbeddedFixture>;

public sealed class WorkerPresenceOnRedisTests(RedisFixture server) : WorkerPresenceContract(server), IClassFixture<RedisFixture>;
