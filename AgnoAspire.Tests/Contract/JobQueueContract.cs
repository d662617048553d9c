using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Contract;

/// <summary>What the queue and the job store promise.</summary>
public abstract class JobQueueContract(ServerFixture server) : ServerContract(server)
{
    [Fact]
    public async Task Claim_returns_each_job_once_with_its_request()
    {
        var id = await One.EnqueueAsync();

        var claim = await One.Queue.ClaimAsync();
        var job = await One.Jobs.StartAsync(claim!, "test");

        Assert.Equal(id, claim!.JobId);
        Assert.Equal(1, job!.Attempt);
        Assert.Equal("Hello", job!.Completion.Messages[0].Content);
        Assert.False(job.Cancelled);
        Assert.Null(await One.Queue.ClaimAsync());
    }

    [Fact]
    public async Task Job_enqueued_twice_is_claimed_once()
    {
        var id = await One.EnqueueAsync();
        await One.Queue.EnqueueAsync(id, "caller");
        await One.Queue.ClaimAsync();
        await One.Queue.EnqueueAsync(id, "caller");

        Assert.Null(await One.Queue.ClaimAsync());
    }

    [Fact]
    public async Task Claims_alternate_between_callers()
    {
        var many = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            many.Add(await One.EnqueueAsync("busy"));
        }

        await One.Queue.ClaimAsync();
        var single = await One.EnqueueAsync("other");

        Assert.Contains(single, new[] { (await One.Queue.ClaimAsync())!.JobId, (await One.Queue.ClaimAsync())!.JobId });
        Assert.Equal(many[2], (await One.Queue.ClaimAsync())!.JobId);
    }

    [Fact]
    public async Task Ten_thousand_jobs_of_one_caller_do_not_delay_another_caller()
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
        var result = await large.Queue.EnqueueAsync(single, "other");

        Assert.Equal(0, result.Position);
        Assert.Equal(9998 + 1, await large.Queue.WaitingAsync());
        Assert.Equal(single, (await large.Queue.ClaimAsync())!.JobId);
    }

    [Fact]
    public async Task Caller_that_enqueues_steadily_does_not_starve_others()
    {
        var busy = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            busy.Add(await One.EnqueueAsync("busy"));
        }

        var served = 0;
        for (var i = 0; i < 30; i++)
        {
            await One.EnqueueAsync("eager");
            served += busy.Contains((await One.Queue.ClaimAsync())!.JobId) ? 1 : 0;
        }

        Assert.InRange(served, 8, 22);
    }

    [Fact]
    public async Task Enqueue_returns_position_and_refuses_above_limits()
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
    public async Task Large_requests_are_bounded_by_their_bytes_until_their_jobs_end()
    {
        const int Large = 600 * 1024;
        var tight = await StartAsync(settings =>
        {
            settings["ChatJobs:MaxQueuedBytes"] = $"{3 * Large}";
            settings["ChatJobs:MaxQueuedBytesPerCaller"] = $"{2 * Large}";
        });
        async Task<EnqueueStatus> EnqueueAsync(string owner, int bytes) => (await tight.Queue.EnqueueAsync(JobId.New(), owner, bytes)).Status;
        var first = JobId.New();

        Assert.Equal(EnqueueStatus.Accepted, (await tight.Queue.EnqueueAsync(first, "a", Large)).Status);
        Assert.Equal(EnqueueStatus.Accepted, (await tight.Queue.EnqueueAsync(first, "a", Large)).Status);
        Assert.Equal(EnqueueStatus.Accepted, await EnqueueAsync("a", Large));
        Assert.Equal(EnqueueStatus.CallerFull, await EnqueueAsync("a", Large));
        Assert.Equal(EnqueueStatus.Accepted, await EnqueueAsync("b", Large));
        Assert.Equal(EnqueueStatus.QueueFull, await EnqueueAsync("c", Large));
        Assert.Equal(EnqueueStatus.Accepted, await EnqueueAsync("c", 65536));

        var claim = await tight.Queue.ClaimWaitingAsync(first);
        Assert.Equal(EnqueueStatus.QueueFull, await EnqueueAsync("c", Large));
        await tight.Queue.RequeueAsync(claim!);
        Assert.Equal(EnqueueStatus.QueueFull, await EnqueueAsync("c", Large));
        await tight.Queue.ReleaseAsync((await tight.Queue.ClaimWaitingAsync(first))!);

        Assert.Equal(EnqueueStatus.Accepted, await EnqueueAsync("c", Large));
        Assert.Equal(EnqueueStatus.QueueFull, await EnqueueAsync("a", Large));
    }

    [Fact]
    public async Task Expired_lease_requeues_job_at_head()
    {
        var brief = await StartAsync(settings => settings["ChatJobs:LeaseDuration"] = "00:00:01");
        var id = await brief.EnqueueAsync();
        await brief.Queue.ClaimAsync();
        await brief.EnqueueAsync();

        var recovered = await EventuallyAsync(brief.Queue.RecoverExpiredAsync, jobs => jobs.Count > 0);
        var claim = await brief.Queue.ClaimAsync();

        Assert.Equal([id], recovered);
        Assert.Equal(id, claim!.JobId);
    }

    [Fact]
    public async Task Attempt_counts_when_it_starts_and_is_not_relinquished()
    {
        var brief = await StartAsync(settings => settings["ChatJobs:LeaseDuration"] = "00:00:01");
        await brief.EnqueueAsync();

        // Never started: its worker died, or Redis was away until it stopped.
        await brief.Queue.ClaimAsync();
        await EventuallyAsync(brief.Queue.RecoverExpiredAsync, jobs => jobs.Count > 0);
        var first = await brief.ClaimAndBeginAsync();
        var again = await brief.Jobs.StartAsync(first.Claim, "the reply was lost");
        await brief.Jobs.RelinquishAsync(first.Claim);
        await brief.Jobs.RelinquishAsync(first.Claim);
        await brief.Queue.RequeueAsync(first.Claim);
        var second = await brief.ClaimAndBeginAsync();
        await EventuallyAsync(brief.Queue.RecoverExpiredAsync, jobs => jobs.Count > 0);
        var third = await brief.ClaimAndBeginAsync();

        Assert.Equal([1, 1, 1, 2], [first.Attempt, again!.Attempt, second.Attempt, third.Attempt]);
    }

    [Fact]
    public async Task Second_create_returns_first_job()
    {
        var id = JobId.Of("caller", "key");

        var first = await One.Jobs.CreateAsync(ChatJobsHost.NewJob(id));
        var again = await One.Jobs.CreateAsync(ChatJobsHost.NewJob(id));
        var other = await One.Jobs.CreateAsync(ChatJobsHost.NewJob(id) with { Fingerprint = "other" });

        Assert.NotNull(first.ReservationId);
        Assert.Equal(first.ReservationId, again.ReservationId);
        Assert.Equal(("f", (string?)null), (other.Fingerprint, other.ReservationId));
        Assert.NotEqual(id, JobId.Of("other caller", "key"));
    }

    [Fact]
    public async Task Notifier_wakes_waiting_worker_when_job_arrives()
    {
        var notifier = One.Get<JobNotifier>();
        while (await notifier.WaitAsync())
        {
        }

        var waiting = EventuallyAsync(notifier.WaitAsync, isNotified => isNotified);
        await One.EnqueueAsync();

        Assert.True(await waiting);
    }
}

public sealed class JobQueueOnGarnetTests(EmbeddedFixture server) : JobQueueContract(server), IClassFixture<EmbeddedFixture>;

public sealed class JobQueueOnRedisTests(RedisFixture server) : JobQueueContract(server), IClassFixture<RedisFixture>;
