using AgnoAspire.ApiService;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.RateLimiting;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.Tests.Contract;

/// <summary>Admission and settlement as two processes interleave them, on every Redis-protocol server at hand.</summary>
public abstract class AdmissionContract(ServerFixture server) : ServerContract(server)
{
    private const string Owner = "caller";

    [Fact]
    public async Task Job_refused_to_one_request_and_accepted_from_another_runs()
    {
        var (one, two) = (await StartAsync(Full), await StartAsync(Full));
        var blocker = await one.EnqueueAsync("other");
        var job = ChatJobsHost.NewJob(JobId.New());
        var (first, second) = (await one.Jobs.CreateAsync(job), await two.Jobs.CreateAsync(job));
        await two.Jobs.ReportViewerAsync(job.Id, "viewer", TimeSpan.FromSeconds(30));

        Assert.Equal(first.ReservationId, second.ReservationId);
        Assert.Equal(EnqueueStatus.QueueFull, (await one.Get<JobAdmitter>().EnqueueAsync(job, first)).Status);
        await one.Queue.ClaimWaitingAsync(blocker);
        Assert.Equal(EnqueueStatus.Accepted, (await two.Get<JobAdmitter>().EnqueueAsync(job, second)).Status);

        Assert.True(await TimeToLiveAsync(one, keys => keys.Job(job.Id)) > TimeSpan.FromMinutes(50));
        Assert.True(await TimeToLiveAsync(one, keys => keys.Viewers(job.Id)) > TimeSpan.FromMinutes(50));
        Assert.Equal(job.Id, (await one.ClaimAndBeginAsync()).Claim.JobId);
    }

    [Fact]
    public async Task Request_refused_after_another_was_accepted_attaches_to_its_job()
    {
        var (one, two) = (await StartAsync(), await StartAsync(Full));
        var job = ChatJobsHost.NewJob(JobId.New());
        var (first, second) = (await one.Jobs.CreateAsync(job), await two.Jobs.CreateAsync(job));
        Assert.Equal(EnqueueStatus.Accepted, (await one.Get<JobAdmitter>().EnqueueAsync(job, first)).Status);
        var running = await one.ClaimAndBeginAsync();
        await using var writer = one.Log.OpenWriter(running, []);
        await writer.CompleteAsync(FinishReason.Stop, null, null);
        await one.Queue.ReleaseAsync(running.Claim);
        await one.EnqueueAsync("other");

        Assert.Equal(EnqueueStatus.Accepted, (await two.Get<JobAdmitter>().EnqueueAsync(job, second)).Status);
        Assert.Equal(JobStatus.Completed, (await one.Jobs.ReadAsync(job.Id))!.Status);
    }

    [Fact]
    public async Task Job_that_is_being_admitted_exists_for_no_reader_and_expires()
    {
        var host = await StartAsync();
        var job = ChatJobsHost.NewJob(JobId.New());
        await host.Jobs.CreateAsync(job);
        await host.Jobs.ReportViewerAsync(job.Id, "viewer", TimeSpan.FromSeconds(30));

        Assert.Null(await host.Jobs.ReadAsync(job.Id));
        Assert.InRange((await TimeToLiveAsync(host, keys => keys.Job(job.Id)))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        Assert.InRange((await TimeToLiveAsync(host, keys => keys.Viewers(job.Id)))!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Reservation_of_a_refused_admission_is_not_that_of_the_next_one()
    {
        var host = await StartAsync();
        var limits = host.Get<RateLimits>();
        var job = ChatJobsHost.NewJob(JobId.New());
        var refused = await host.Jobs.CreateAsync(job);
        await limits.ReserveAsync(Owner, refused.ReservationId!, new RateLimit(10, null), 1);
        Assert.Equal(WithdrawResult.Deleted, await host.Jobs.WithdrawAsync(job.Id));

        // The next request reserves before the refused one has taken its reservation back.
        var next = await host.Jobs.CreateAsync(job);
        var reservation = await limits.ReserveAsync(Owner, next.ReservationId!, new RateLimit(10, null), 1);
        await limits.ReleaseAsync(Owner, refused.ReservationId!);

        Assert.Equal((RateDecision.Granted, 2), (reservation.Decision, reservation.Requests));
        Assert.Equal(2, (await limits.ReserveAsync(Owner, "probe", new RateLimit(10, null), 1)).Requests);
    }

    [Fact]
    public async Task Job_admitted_while_a_worker_drops_its_expired_record_runs()
    {
        var host = await StartAsync();
        var job = ChatJobsHost.NewJob(JobId.New());
        await host.Queue.EnqueueAsync(job.Id, job.Owner);
        var claim = (await host.Queue.ClaimAsync())!;
        Assert.Null(await host.Jobs.StartAsync(claim, "test"));

        Assert.Equal(EnqueueStatus.Accepted, (await host.Get<JobAdmitter>().EnqueueAsync(job, await host.Jobs.CreateAsync(job))).Status);
        await host.Queue.DropAsync(claim);

        Assert.Equal(job.Id, (await host.ClaimAndBeginAsync()).Claim.JobId);
    }

    [Fact]
    public async Task Refused_submission_leaves_no_key_of_the_job()
    {
        var host = await StartAsync(Full);
        await host.EnqueueAsync("other");
        var ids = Enumerable.Range(0, 20).Select(_ => JobId.New()).ToArray();

        foreach (var id in ids)
        {
            Assert.Null((await SubmitAsync(host, id)).Job);
        }

        var database = host.Get<IConnectionMultiplexer>().GetDatabase();
        var keys = host.Get<RedisKeys>();
        foreach (var id in ids)
        {
            Assert.Equal(0, await database.KeyExistsAsync([keys.Job(id), keys.Viewers(id), keys.Chunks(id)]));
        }
    }

    [Fact]
    public async Task Running_job_whose_reservation_is_over_a_minute_old_is_attached_to()
    {
        var host = await StartAsync();
        var limits = host.Get<RateLimits>();
        var id = JobId.New();
        var (first, _) = await SubmitAsync(host, id, requestsPerMinute: 1);
        await first!.Viewer.DisposeAsync();
        await DeleteRateKeysAsync(host);
        Assert.True((await limits.ReserveAsync(Owner, JobId.New(), new RateLimit(1, null), 1)).IsGranted);

        var (again, problem) = await SubmitAsync(host, id, requestsPerMinute: 1);

        Assert.Null(problem);
        await again!.Viewer.DisposeAsync();
    }

    [Fact]
    public async Task Redrive_refused_by_a_full_queue_and_retried_late_runs_the_job()
    {
        var host = await StartAsync(Full);
        var dead = await EndAsDeadLetterAsync(host);
        var letters = host.Get<DeadLetterQueue>();
        await host.EnqueueAsync("other");
        Assert.Equal(EnqueueStatus.QueueFull, (await letters.RedriveAsync(dead))!.Value.Ticket.Status);
        await host.Queue.ClaimAsync();

        // Late: whatever the refused attempt left has nearly reached its expiry.
        var database = host.Get<IConnectionMultiplexer>().GetDatabase();
        var redriven = host.Get<RedisKeys>().Job(JobId.Of(Owner, $"redrive {dead}"));
        await database.KeyExpireAsync(redriven, TimeSpan.FromSeconds(10));
        var (id, ticket) = (await letters.RedriveAsync(dead))!.Value;

        Assert.Equal(EnqueueStatus.Accepted, ticket.Status);
        Assert.True(await database.KeyTimeToLiveAsync(host.Get<RedisKeys>().Job(id)) > TimeSpan.FromMinutes(50));
        Assert.Empty(await letters.ListAsync(10));
        Assert.Equal(id, (await host.ClaimAndBeginAsync()).Claim.JobId);
    }

    [Fact]
    public async Task Tokens_of_a_worker_that_died_after_the_terminal_chunk_are_settled_by_the_next_claim()
    {
        var host = await StartAsync(settings => settings["ChatJobs:LeaseDuration"] = "00:00:01");
        var id = JobId.New();
        var (admitted, _) = await SubmitAsync(host, id, tokensPerMinute: 10_000);
        await admitted!.Viewer.DisposeAsync();
        var job = await host.ClaimAndBeginAsync();
        await using (var writer = host.Log.OpenWriter(job, []))
        {
            await writer.WriteAsync("Hi", Cancel);
            await writer.FlushAsync();
        }

        await AppendTerminalAsync(host, job, new Usage(3, 4, 7));
        Assert.True(await UsedAsync(host) > 1000);
        await EventuallyAsync(host.Queue.RecoverExpiredAsync, recovered => recovered.Count > 0);
        Assert.Null(await host.Jobs.StartAsync((await host.Queue.ClaimAsync())!, "test"));
        await host.Get<RateLimits>().SettleAsync(id);
        await host.Get<RateLimits>().SettleAsync(id);
        Assert.Equal(7 + 1, await UsedAsync(host));
    }

    private static void Full(Dictionary<string, string?> settings) => settings["ChatJobs:MaxQueued"] = "1";

    private static Task<TimeSpan?> TimeToLiveAsync(ChatJobsHost host, Func<RedisKeys, RedisKey> key) =>
        host.Get<IConnectionMultiplexer>().GetDatabase().KeyTimeToLiveAsync(key(host.Get<RedisKeys>()));

    private static async Task<long> UsedAsync(ChatJobsHost host)
    {
        var id = JobId.New();
        var reading = await host.Get<RateLimits>().ReserveAsync(Owner, id, new RateLimit(null, 1_000_000), 1);
        await host.Get<RateLimits>().ReleaseAsync(Owner, id);
        return reading.Tokens;
    }

    private static async Task DeleteRateKeysAsync(ChatJobsHost host)
    {
        var redis = host.Get<IConnectionMultiplexer>();
        await foreach (var key in redis.GetServers()[0].KeysAsync(pattern: "*{rate:*"))
        {
            await redis.GetDatabase().KeyDeleteAsync(key);
        }
    }

    // What a worker does that is killed between the two steps: the terminal chunk is in the log, nothing is settled.
    private static async Task AppendTerminalAsync(ChatJobsHost host, ClaimedJob job, Usage usage)
    {
        using var encoder = new ChunkEncoder("demo");
        await host.Log.AppendAsync(job.Claim, 2, encoder.Terminal(FinishReason.Stop, usage, null, null), AppendKind.Terminal(JobStatus.Completed, usage.TotalTokens));
    }

    private static async Task<string> EndAsDeadLetterAsync(ChatJobsHost host)
    {
        var id = await host.EnqueueAsync();
        var job = await host.ClaimAndBeginAsync();
        await using var writer = host.Log.OpenWriter(job, []);
        await writer.CompleteAsync(FinishReason.Error, null, new ChatError(ErrorCode.AttemptsExhausted, "test"));
        await host.Queue.ReleaseAsync(job.Claim, asDeadLetter: true);
        return id;
    }

    private static async Task<(AdmittedJob? Job, IResult? Problem)> SubmitAsync(
        ChatJobsHost host, string id, int? requestsPerMinute = null, int? tokensPerMinute = null)
    {
        var limiter = new CallerRateLimiter(
            host.Get<RateLimits>(),
            Options.Create(new RateLimitOptions { RequestsPerMinute = requestsPerMinute, TokensPerMinute = tokensPerMinute }),
            Options.Create(new ChatAuthenticationOptions()));
        var submitter = new JobSubmitter(host.Jobs, host.Get<JobAdmitter>(), host.Relay, limiter, Options.Create(new ChatApiOptions()));
        var result = await submitter.SubmitAsync(new DefaultHttpContext(), ChatJobsHost.NewJob(id), Cancel);
        return (result.Value, result.Problem);
    }
}

public sealed class AdmissionOnGarnetTests(EmbeddedFixture server) : AdmissionContract(server), IClassFixture<EmbeddedFixture>;

public sealed class AdmissionOnRedisTests(RedisFixture server) : AdmissionContract(server), IClassFixture<RedisFixture>;
