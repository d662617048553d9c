using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.ChatJobs;

/// <summary>What the queue, the log and the relay promise, on every Redis-protocol server at hand.</summary>
public abstract class TransportContract(ServerFixture server) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string prefix = ChatJobsHost.NewPrefix();
    private readonly List<ChatJobsHost> hosts = [];
    private ChatJobsHost one = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => one = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_job_is_claimed_once_with_what_was_asked()
    {
        var id = await one.EnqueueAsync();

        var claim = await one.Queue.ClaimAsync();
        var job = await one.Jobs.StartAsync(claim!, "test");

        Assert.Equal(id, claim!.JobId);
        Assert.Equal(1, claim.Attempt);
        Assert.Equal("Hello", job!.Completion.Messages[0].Content);
        Assert.False(job.Cancelled);
        Assert.Null(await one.Queue.ClaimAsync());
    }

    [Fact]
    public async Task A_job_enqueued_twice_runs_once()
    {
        var id = await one.EnqueueAsync();
        await one.Queue.EnqueueAsync(id, "caller");
        await one.Queue.ClaimAsync();
        await one.Queue.EnqueueAsync(id, "caller");

        Assert.Null(await one.Queue.ClaimAsync());
    }

    [Fact]
    public async Task Callers_take_turns_however_many_jobs_one_of_them_has()
    {
        var many = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            many.Add(await one.EnqueueAsync("busy"));
        }

        await one.Queue.ClaimAsync();
        var single = await one.EnqueueAsync("other");

        Assert.Contains(single, new[] { (await one.Queue.ClaimAsync())!.JobId, (await one.Queue.ClaimAsync())!.JobId });
        Assert.Equal(many[2], (await one.Queue.ClaimAsync())!.JobId);
    }

    [Fact]
    public async Task Ten_thousand_jobs_of_one_caller_delay_another_callers_job_by_those_already_running_only()
    {
        var large = await StartAsync(settings =>
        {
            settings["ChatJobs:MaxQueued"] = "20000";
            settings["ChatJobs:MaxQueuedPerCaller"] = "20000";
        });
        for (var i = 0; i < 100; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => large.Queue.EnqueueAsync(JobId.New(), "busy")));
        }

        await large.Queue.ClaimAsync();
        await large.Queue.ClaimAsync();
        var single = JobId.New();
        var ticket = await large.Queue.EnqueueAsync(single, "other");

        Assert.Equal(0, ticket.Position);
        Assert.Equal(9998 + 1, await large.Queue.WaitingAsync());
        Assert.Equal(single, (await large.Queue.ClaimAsync())!.JobId);
    }

    [Fact]
    public async Task A_caller_who_always_comes_back_does_not_keep_the_others_waiting()
    {
        var busy = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            busy.Add(await one.EnqueueAsync("busy"));
        }

        var served = 0;
        for (var i = 0; i < 30; i++)
        {
            await one.EnqueueAsync("eager");
            served += busy.Contains((await one.Queue.ClaimAsync())!.JobId) ? 1 : 0;
        }

        Assert.InRange(served, 8, 22);
    }

    [Fact]
    public async Task The_queue_tells_how_many_are_ahead_and_refuses_what_is_too_much()
    {
        var tight = await StartAsync(settings =>
        {
            settings["ChatJobs:MaxQueued"] = "3";
            settings["ChatJobs:MaxQueuedPerCaller"] = "2";
        });
        await tight.EnqueueAsync("a");
        var second = await tight.EnqueueAsync("a");
        Assert.Equal(1, await tight.Queue.GetPositionAsync(second));

        Assert.Equal(EnqueueStatus.CallerFull, (await tight.Queue.EnqueueAsync(JobId.New(), "a")).Status);
        Assert.Equal(EnqueueStatus.Accepted, (await tight.Queue.EnqueueAsync(JobId.New(), "b")).Status);
        var full = await tight.Queue.EnqueueAsync(JobId.New(), "c");

        Assert.Equal(EnqueueStatus.QueueFull, full.Status);
        Assert.InRange(full.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Only_the_newest_fence_token_can_append()
    {
        await one.EnqueueAsync();
        var first = await one.ClaimAndBeginAsync();
        await using var slow = one.Log.OpenWriter(first, []);
        await slow.WriteAsync("one", Cancel);
        await slow.FlushAsync();

        await one.Queue.RequeueAsync(first.Claim);
        var second = await one.ClaimAndBeginAsync();
        await slow.WriteAsync("late", Cancel);
        await slow.FlushAsync();

        Assert.True(second.Claim.FencingToken > first.Claim.FencingToken);
        Assert.Equal(WriterStatus.Fenced, slow.Status);
        Assert.True(slow.Stopped.IsCancellationRequested);
        Assert.Equal(WriterStatus.Fenced, await slow.CompleteAsync(FinishReason.Stop, null, null));
        Assert.Equal(["one"], await ContentsAsync(first.Claim.JobId));
        Assert.Null(await one.Jobs.StartAsync(first.Claim, "again"));
        Assert.Equal([first.Claim], await one.Queue.RenewAsync([first.Claim]));
        Assert.Empty(await one.Queue.RenewAsync([second.Claim]));
    }

    [Fact]
    public async Task A_lapsed_lease_gives_the_job_to_another_worker_before_anything_else()
    {
        var brief = await StartAsync(settings => settings["ChatJobs:LeaseDuration"] = "00:00:01");
        var id = await brief.EnqueueAsync();
        await brief.Queue.ClaimAsync();
        await brief.EnqueueAsync();

        var reaped = await WithinLimitAsync(brief.Queue.RecoverExpiredAsync, jobs => jobs.Count > 0);
        var claim = await brief.Queue.ClaimAsync();

        Assert.Equal([id], reaped);
        Assert.Equal(id, claim!.JobId);
        Assert.Equal(2, claim.Attempt);
    }

    [Fact]
    public async Task A_terminal_chunk_ends_the_stream_for_good()
    {
        await one.EnqueueAsync();
        var job = await one.ClaimAndBeginAsync();
        await using var writer = one.Log.OpenWriter(job, []);
        await writer.WriteAsync("Hi", Cancel);
        await writer.CompleteAsync(FinishReason.Stop, new Usage(1, 2, 3), null);
        await one.Queue.ReleaseAsync(job.Claim);

        var chunks = await one.Log.ReadAllAsync(job.Claim.JobId);
        var last = ChatChunk.Parse(chunks[^1].Bytes.Span);

        Assert.Equal(2, chunks.Length);
        Assert.True(chunks[^1].IsTerminal);
        Assert.Equal(("", true, FinishReason.Stop, 3L), (last.Content, last.Done, last.FinishReason, last.Usage!.TotalTokens));
        Assert.Null(await one.Jobs.StartAsync(job.Claim, "again"));
        Assert.Equal(JobStatus.Completed, (await one.Jobs.ReadAsync(job.Claim.JobId))!.Status);
    }

    [Fact]
    public async Task Viewers_of_every_process_get_every_chunk_once_and_in_order()
    {
        var two = await StartAsync();
        var id = await one.EnqueueAsync();
        var job = await one.ClaimAndBeginAsync();
        await using var early = await one.Relay.WatchAsync(id, 0, Limit, Cancel);
        await using var elsewhere = await two.Relay.WatchAsync(id, 0, Limit, Cancel);
        var reading = Task.WhenAll(ReadToEndAsync(early), ReadToEndAsync(elsewhere));

        await using var writer = one.Log.OpenWriter(job, []);
        for (var i = 0; i < 2000; i++)
        {
            await writer.WriteAsync($"{i} ", Cancel);
        }

        await writer.CompleteAsync(FinishReason.Stop, null, null);
        await using var late = await two.Relay.WatchAsync(id, 1, Limit, Cancel);
        var all = await reading.WaitAsync(Limit, TimeProvider.System, Cancel);
        var rest = await ReadToEndAsync(late);

        Assert.Equal(string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i} ")), string.Concat(all[0].Select(Content)));
        Assert.Equal(Enumerable.Range(1, all[0].Count).Select(i => (long)i), all[0].Select(chunk => chunk.Sequence));
        Assert.Equal(all[0].Select(Content), all[1].Select(Content));
        Assert.Equal(all[0].Skip(1).Select(Content), rest.Select(Content));
    }

    [Fact]
    public async Task A_viewer_that_leaves_before_its_stream_is_open_leaves_no_subscription_behind()
    {
        var id = await one.EnqueueAsync();
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.Relay.WatchAsync(id, 0, Limit, gone.Token));
        await (await one.Relay.WatchAsync(id, 0, Limit, Cancel)).DisposeAsync();

        var redis = one.Get<StackExchange.Redis.IConnectionMultiplexer>().GetServers()[0];
        await WithinLimitAsync(() => redis.SubscriptionSubscriberCountAsync(one.Get<RedisKeys>().Live(id)), count => count == 0);
        Assert.Equal(0, one.Relay.StreamCount);
    }

    [Fact]
    public async Task A_waiting_job_is_cancelled_at_once_and_a_running_one_by_its_next_append()
    {
        var running = await one.EnqueueAsync();
        var job = await one.ClaimAndBeginAsync();
        var waiting = await one.EnqueueAsync();

        Assert.True(await one.Canceller.CancelAsync(waiting));
        Assert.True(await one.Canceller.CancelAsync(running));
        Assert.True(await one.Canceller.CancelAsync(waiting));
        Assert.False(await one.Canceller.CancelAsync(JobId.New()));

        await using var writer = one.Log.OpenWriter(job, []);
        Assert.Equal(WriterStatus.Cancelled, await one.Jobs.HeartbeatAsync(job.Claim));
        await writer.WriteAsync("too late", Cancel);
        await writer.CompleteAsync(FinishReason.Stop, null, null);
        foreach (var id in new[] { waiting, running })
        {
            var chunk = Assert.Single(await one.Log.ReadAllAsync(id));
            Assert.Equal(FinishReason.Cancelled, ChatChunk.Parse(chunk.Bytes.Span).FinishReason);
        }

        Assert.Null(await one.Queue.ClaimAsync());
    }

    [Fact]
    public async Task A_job_that_nobody_watches_any_more_is_cancelled_after_the_grace()
    {
        var host = await StartAsync(settings => settings["ChatJobs:DisconnectGracePeriod"] = "00:00:01");
        var id = await host.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        var job = await host.ClaimAndBeginAsync();
        var viewer = await host.Relay.WatchAsync(id, 0, Limit, Cancel);
        Assert.Equal(WriterStatus.Active, await host.Jobs.HeartbeatAsync(job.Claim));

        await viewer.DisposeAsync();

        await WithinLimitAsync(() => host.Jobs.HeartbeatAsync(job.Claim), outcome => outcome == WriterStatus.Cancelled);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_whose_viewers_could_not_reach_redis_is_not_taken_as_abandoned(bool isStartedAgain)
    {
        var id = await one.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        var job = await one.ClaimAndBeginAsync();
        await one.Jobs.ReportViewerAsync(id, "viewer", TimeSpan.FromSeconds(30));

        // Redis was away for ten minutes: the last pulse and the last word of a viewer are that old.
        var database = one.Get<StackExchange.Redis.IConnectionMultiplexer>().GetDatabase();
        var keys = one.Get<RedisKeys>();
        var away = TimeSpan.FromMinutes(10).TotalMilliseconds;
        await database.SortedSetDecrementAsync(keys.Viewers(id), "viewer", away);
        await database.HashSetAsync(keys.Job(id), "heartbeat", (long)await database.HashGetAsync(keys.Job(id), "heartbeat") - (long)away);

        if (isStartedAgain)
        {
            await one.Queue.RequeueAsync(job.Claim);
            job = await one.ClaimAndBeginAsync();
            Assert.False(job.Cancelled);
        }

        Assert.Equal(WriterStatus.Active, await one.Jobs.HeartbeatAsync(job.Claim));
        Assert.Equal(WriterStatus.Active, await one.Jobs.HeartbeatAsync(job.Claim));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_that_waited_while_redis_was_away_is_not_taken_as_abandoned(bool isRecoveredFirst)
    {
        await one.Queue.RecoverExpiredAsync();
        var id = await one.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        var left = await one.EnqueueAsync(policy: DisconnectPolicy.Cancel);
        await one.Jobs.ReportViewerAsync(id, "viewer", TimeSpan.FromSeconds(30));
        await one.Jobs.ReportViewerAsync(left, "viewer", TimeSpan.Zero);

        // Redis was away for ten minutes; the viewer of the one was there when it went, that of the other had left a minute before.
        var database = one.Get<StackExchange.Redis.IConnectionMultiplexer>().GetDatabase();
        var keys = one.Get<RedisKeys>();
        var away = (long)TimeSpan.FromMinutes(10).TotalMilliseconds;
        await database.SortedSetDecrementAsync(keys.Viewers(id), "viewer", away);
        await database.SortedSetDecrementAsync(keys.Viewers(left), "viewer", away + 60_000);
        await database.HashSetAsync(keys.State, "recovered", (long)await database.HashGetAsync(keys.State, "recovered") - away);
        if (isRecoveredFirst)
        {
            await one.Queue.RecoverExpiredAsync();
        }

        var first = await one.ClaimAndBeginAsync();
        var second = await one.ClaimAndBeginAsync();

        Assert.Equal((id, false), (first.Claim.JobId, first.Cancelled));
        Assert.Equal((left, true), (second.Claim.JobId, second.Cancelled));
        Assert.Equal(WriterStatus.Active, await one.Jobs.HeartbeatAsync(first.Claim));
    }

    [Fact]
    public async Task A_stream_that_has_ended_keeps_no_list_of_its_viewers()
    {
        var id = await one.EnqueueAsync();
        var job = await one.ClaimAndBeginAsync();
        await using var early = await one.Relay.WatchAsync(id, 0, Limit, Cancel);
        var database = one.Get<StackExchange.Redis.IConnectionMultiplexer>().GetDatabase();
        Assert.True(await database.KeyExistsAsync(one.Get<RedisKeys>().Viewers(id)));

        await using var writer = one.Log.OpenWriter(job, []);
        await writer.CompleteAsync(FinishReason.Stop, null, null);
        await using var late = await (await StartAsync()).Relay.WatchAsync(id, 0, Limit, Cancel);

        Assert.Single(await ReadToEndAsync(late));
        Assert.False(await database.KeyExistsAsync(one.Get<RedisKeys>().Viewers(id)));
    }

    [Fact]
    public async Task A_repeated_admission_finds_the_job_that_is_there()
    {
        var id = JobId.Of("caller", "key");

        Assert.Null(await one.Jobs.CreateAsync(ChatJobsHost.NewJob(id)));
        Assert.Equal("f", await one.Jobs.CreateAsync(ChatJobsHost.NewJob(id) with { Fingerprint = "other" }));
        Assert.NotEqual(id, JobId.Of("other caller", "key"));
    }

    [Fact]
    public async Task Chunks_that_the_server_lost_are_appended_again()
    {
        var id = await one.EnqueueAsync();
        var job = await one.ClaimAndBeginAsync();
        await using var writer = one.Log.OpenWriter(job, []);
        foreach (var word in new[] { "a", "b", "c" })
        {
            await writer.WriteAsync(word, Cancel);
            await writer.FlushAsync();
        }

        await one.Get<StackExchange.Redis.IConnectionMultiplexer>().GetDatabase().ListTrimAsync(one.Get<RedisKeys>().Chunks(id), 0, 0);
        await writer.WriteAsync("d", Cancel);
        await writer.CompleteAsync(FinishReason.Stop, null, null);

        Assert.Equal(["a", "b", "c", "d", ""], await ContentsAsync(id));
    }

    [Fact]
    public async Task A_bell_rings_for_a_job_that_comes_while_a_worker_waits()
    {
        var bell = one.Get<JobNotifier>();
        while (await bell.WaitAsync())
        {
        }

        var waiting = WithinLimitAsync(bell.WaitAsync, rang => rang);
        await one.EnqueueAsync();

        Assert.True(await waiting);
    }

    private static string Content(SequencedChunk chunk) => ChatChunk.Parse(chunk.Bytes.Span).Content;

    private static async Task<List<SequencedChunk>> ReadToEndAsync(Viewer viewer)
    {
        var all = new List<SequencedChunk>();
        var batch = new SequencedChunk[16];
        while (true)
        {
            var (read, count) = await viewer.ReadAsync(batch);
            if (read != ReadStatus.Chunks)
            {
                Assert.Equal(ReadStatus.Completed, read);
                return all;
            }

            all.AddRange(batch[..count]);
        }
    }

    private static async Task<T> WithinLimitAsync<T>(Func<Task<T>> ask, Func<T, bool> accept)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Limit);
        while (true)
        {
            var answer = await ask();
            if (accept(answer))
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    private async Task<string[]> ContentsAsync(string id) => [.. (await one.Log.ReadAllAsync(id)).Select(Content)];

    private async Task<ChatJobsHost> StartAsync(Action<Dictionary<string, string?>>? configure = null)
    {
        Assert.SkipWhen(server is RedisFixture && !RedisServer.IsInstalled, "no redis-server on this machine");
        var host = await ChatJobsHost.StartAsync(server, prefix, configure);
        hosts.Add(host);
        return host;
    }
}

public sealed class EmbeddedTransportTests(EmbeddedFixture server) : TransportContract(server), IClassFixture<EmbeddedFixture>;

public sealed class RedisTransportTests(RedisFixture server) : TransportContract(server), IClassFixture<RedisFixture>;
