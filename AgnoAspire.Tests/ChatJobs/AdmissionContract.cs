using AgnoAspire.ApiService;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.RateLimiting;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Models;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace AgnoAspire.Tests.ChatJobs;

/// <summary>Admission and settlement as two processes interleave them, on every Redis-protocol server at hand.</summary>
public abstract class AdmissionContract(ServerFixture server) : IAsyncDisposable
{
    private const string Owner = "caller";
    private readonly string prefix = ChatJobsHost.NewPrefix();
    private readonly List<ChatJobsHost> hosts = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Job_submitted_by_two_processes_over_a_full_queue_is_never_discarded()
    {
        var (one, two) = (await StartAsync(Full), await StartAsync(Full));
        var accepted = 0;
        for (var i = 0; i < 100; i++)
        {
            var id = JobId.New();
            var blocker = await one.EnqueueAsync("other");
            var both = await Task.WhenAll(Submitter(one), Submitter(two)).WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Cancel);
            var claims = new List<string>();
            while (await one.Queue.ClaimAsync() is { } claim)
            {
                claims.Add(claim.JobId);
                var job = await one.Log.StartAsync(claim, "test");
                Assert.Equal(claim.JobId == blocker || both.Any(isAccepted => isAccepted), job is not null);
                await one.Queue.ReleaseAsync(claim);
            }

            Assert.Equal(both.Any(isAccepted => isAccepted), claims.Contains(id));
            accepted += both.Count(isAccepted => isAccepted);

            async Task<bool> Submitter(ChatJobsHost host)
            {
                // Claiming the blocker in between leaves the queue full for one and free for the other.
                await (host == two ? one.Queue.ClaimWaitingAsync(blocker) : Task.CompletedTask);
                var (admitted, _) = await SubmitAsync(host, id);
                await (admitted?.Viewer.DisposeAsync() ?? ValueTask.CompletedTask);
                return admitted is not null;
            }
        }

        Assert.InRange(accepted, 1, 200);

        static void Full(Dictionary<string, string?> settings) => settings["ChatJobs:MaxQueued"] = "1";
    }

    [Fact]
    public async Task Refused_submission_leaves_no_key_of_the_job()
    {
        var host = await StartAsync(settings => settings["ChatJobs:MaxQueued"] = "1");
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
        var host = await StartAsync(settings => settings["ChatJobs:MaxQueued"] = "1");
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
    public async Task Clock_of_an_api_an_hour_ahead_hides_no_model()
    {
        var worker = await StartAsync();
        await worker.Get<ModelRegistry>().RegisterAsync([("demo", "Demo")]);
        var ahead = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(1));

        var models = await new ModelRegistry(worker.Get<IConnectionMultiplexer>(), worker.Get<RedisKeys>(), ahead).ReadAsync();

        Assert.Equal("demo", Assert.Single(models).Name);
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
        IReadOnlyList<string> recovered = [];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (recovered.Count == 0)
        {
            recovered = await host.Queue.RecoverExpiredAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }

        Assert.Null(await host.Log.StartAsync((await host.Queue.ClaimAsync())!, "test"));
        Assert.Equal(7 + 1, await UsedAsync(host));
    }

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
        using var encoder = new AgnoAspire.ChatJobs.Streams.ChunkEncoder("demo");
        await host.Log.AppendAsync(job.Claim, 2, encoder.Terminal(FinishReason.Stop, usage, null, null), JobStatus.Completed);
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
        var submitter = new JobSubmitter(host.Jobs, host.Queue, host.Relay, limiter, Options.Create(new ChatApiOptions()));
        return await submitter.SubmitAsync(new DefaultHttpContext(), ChatJobsHost.NewJob(id), Cancel);
    }

    private async Task<ChatJobsHost> StartAsync(Action<Dictionary<string, string?>>? configure = null)
    {
        Assert.SkipWhen(server is RedisFixture && !RedisServer.IsInstalled, "no redis-server on this machine");
        var host = await ChatJobsHost.StartAsync(server, prefix, configure);
        hosts.Add(host);
        return host;
    }
}

public sealed class AdmissionOnGarnetTests(EmbeddedFixture server) : AdmissionContract(server), IClassFixture<EmbeddedFixture>;

public sealed class AdmissionOnRedisTests(RedisFixture server) : AdmissionContract(server), IClassFixture<RedisFixture>;
