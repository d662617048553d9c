using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.Contract;

/// <summary>When a job is cancelled, and when not.</summary>
public abstract class CancellationContract(ServerFixture server) : ServerContract(server)
{
    [Fact]
    public async Task Dead_letter_of_lost_worker_is_kept_when_no_worker_is_left()
    {
        var id = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await using var writer = One.Log.OpenWriter(job, []);
        await writer.CompleteAsync(FinishReason.Error, null, new ChatError(ErrorCode.AttemptsExhausted, "The worker was lost."));
        await One.Queue.RequeueAsync(job.Claim);

        await One.Canceller.EndUnservedAsync();

        Assert.Equal(id, Assert.Single(await One.Get<DeadLetterQueue>().ListAsync(1)).JobId);
    }

    [Fact]
    public async Task Cancel_ends_waiting_job_at_once_and_running_job_at_next_append()
    {
        var running = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        var waiting = await One.EnqueueAsync();

        Assert.True(await One.Canceller.CancelAsync(waiting));
        Assert.True(await One.Canceller.CancelAsync(running));
        Assert.True(await One.Canceller.CancelAsync(waiting));
        Assert.False(await One.Canceller.CancelAsync(JobId.New()));

        await using var writer = One.Log.OpenWriter(job, []);
        Assert.Equal(WriterStatus.Cancelled, await One.Jobs.HeartbeatAsync(job.Claim));
        await writer.WriteAsync("too late", Cancel);
        await writer.CompleteAsync(FinishReason.Stop, null, null);
        foreach (var id in new[] { waiting, running })
        {
            var chunk = Assert.Single(await One.Log.ReadAllAsync(id));
            Assert.Equal(FinishReason.Cancelled, ChatChunk.Parse(chunk.Bytes.Span).FinishReason);
        }

        Assert.Null(await One.Queue.ClaimAsync());
    }

    [Fact]
    public async Task Job_without_viewers_is_cancelled_after_grace_period()
    {
        var host = await StartAsync(settings => settings["ChatJobs:DisconnectGracePeriod"] = "00:00:01");
        var id = await host.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        var job = await host.ClaimAndBeginAsync();
        var viewer = await host.Relay.WatchAsync(id, 0, Limit, Cancel);
        Assert.Equal(WriterStatus.Active, await host.Jobs.HeartbeatAsync(job.Claim));

        await viewer.DisposeAsync();

        await EventuallyAsync(() => host.Jobs.HeartbeatAsync(job.Claim), outcome => outcome == WriterStatus.Cancelled);
    }

    [Theory]
    [InlineData(true, true, WriterStatus.Cancelled)]
    [InlineData(true, false, WriterStatus.Active)]
    [InlineData(false, true, WriterStatus.Active)]
    public async Task Viewers_of_a_killed_API_leave_with_its_subscription_unless_it_reports_them_again(bool wasSubscribed, bool isLastReport, WriterStatus expected)
    {
        var id = await One.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        var job = await One.ClaimAndBeginAsync();
        await One.Jobs.ReportViewerAsync(id, "killed", TimeSpan.FromSeconds(30));
        var keys = One.Get<RedisKeys>();
        var report = (long)(await Database.SortedSetScoreAsync(keys.Viewers(id), "killed"))!.Value;
        if (wasSubscribed)
        {
            await Database.HashSetAsync(keys.Job(id), "unwatched", $"1000 {(isLastReport ? report : report - 1)}");
        }

        Assert.Equal(expected, await One.Jobs.HeartbeatAsync(job.Claim));
    }

    [Fact]
    public async Task Subscription_of_an_API_is_noticed_and_so_is_its_end()
    {
        var id = await One.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        var job = await One.ClaimAndBeginAsync();
        await One.Jobs.ReportViewerAsync(id, "viewer", TimeSpan.FromSeconds(30));
        var keys = One.Get<RedisKeys>();
        async Task<RedisValue> HeartbeatAsync()
        {
            Assert.Equal(WriterStatus.Active, await One.Jobs.HeartbeatAsync(job.Claim));
            return await Database.HashGetAsync(keys.Job(id), "unwatched");
        }

        var channel = await Database.Multiplexer.GetSubscriber().SubscribeAsync(keys.Live(id));
        await EventuallyAsync(HeartbeatAsync, unwatched => unwatched == "");
        await channel.UnsubscribeAsync();
        await EventuallyAsync(HeartbeatAsync, unwatched => unwatched.ToString().EndsWith($" {Database.SortedSetScore(keys.Viewers(id), "viewer")}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redis_outage_does_not_cancel_running_job(bool isStartedAgain)
    {
        var id = await One.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        var job = await One.ClaimAndBeginAsync();
        await One.Jobs.ReportViewerAsync(id, "viewer", TimeSpan.FromSeconds(30));

        // Redis was down for ten minutes: the last heartbeat and the last report of a viewer are that old.
        var database = Database;
        var keys = One.Get<RedisKeys>();
        var outage = TimeSpan.FromMinutes(10).TotalMilliseconds;
        await database.SortedSetDecrementAsync(keys.Viewers(id), "viewer", outage);
        await database.HashSetAsync(keys.Job(id), "heartbeat", (long)await database.HashGetAsync(keys.Job(id), "heartbeat") - (long)outage);

        if (isStartedAgain)
        {
            await One.Queue.RequeueAsync(job.Claim);
            job = await One.ClaimAndBeginAsync();
            Assert.False(job.Cancelled);
        }

        Assert.Equal(WriterStatus.Active, await One.Jobs.HeartbeatAsync(job.Claim));
        Assert.Equal(WriterStatus.Active, await One.Jobs.HeartbeatAsync(job.Claim));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redis_outage_does_not_cancel_waiting_job(bool isRecoveredFirst)
    {
        await One.Queue.RecoverExpiredAsync();
        var id = await One.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        var left = await One.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        await One.Jobs.ReportViewerAsync(id, "viewer", TimeSpan.FromSeconds(30));
        await One.Jobs.ReportViewerAsync(left, "viewer", TimeSpan.Zero);

        // Redis was down for ten minutes; the viewer of the one was there when it went, that of the other had left a minute before.
        var database = Database;
        var keys = One.Get<RedisKeys>();
        var outage = (long)TimeSpan.FromMinutes(10).TotalMilliseconds;
        await database.SortedSetDecrementAsync(keys.Viewers(id), "viewer", outage);
        await database.SortedSetDecrementAsync(keys.Viewers(left), "viewer", outage + 60_000);
        await database.HashSetAsync(keys.State, "recovered", (long)await database.HashGetAsync(keys.State, "recovered") - outage);
        if (isRecoveredFirst)
        {
            await One.Queue.RecoverExpiredAsync();
        }

        var first = await One.ClaimAndBeginAsync();
        var second = await One.ClaimAndBeginAsync();

        Assert.Equal((id, false), (first.Claim.JobId, first.Cancelled));
        Assert.Equal((left, true), (second.Claim.JobId, second.Cancelled));
        Assert.Equal(WriterStatus.Active, await One.Jobs.HeartbeatAsync(first.Claim));
    }
}

public sealed class CancellationOnGarnetTests(EmbeddedFixture server) : CancellationContract(server), IClassFixture<EmbeddedFixture>;

public sealed class CancellationOnRedisTests(RedisFixture server) : CancellationContract(server), IClassFixture<RedisFixture>;
