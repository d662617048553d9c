using System.Globalization;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Telemetry;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>
/// The jobs that wait and the jobs that are claimed. Callers take turns; a claim is held under a lease and named by a fence token; a job whose
/// lease lapsed is served again.
/// </summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class JobQueue(RedisConnection redis, RedisKeys keys, ChatJobsMetrics metrics, ChatJobsOptions options)
{
    private const int RecoveredAtOnce = 256;

    // Workers reap every half second; a longer gap means that nobody was there to renew either.
    private static readonly TimeSpan MaxRecoveryInterval = TimeSpan.FromSeconds(3);


    /// <summary>Gets whether this process is connected to Redis.</summary>
    public bool IsAvailable => redis.IsConnected;

    /// <summary>Puts an admitted job in the queue; a job that is in it already stays where it is.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="owner">Whose turn it takes.</param>
    /// <returns>Whether it was taken, and how many are served before it.</returns>
    public async Task<EnqueueResult> EnqueueAsync(string jobId, string owner)
    {
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Enqueue,
            [keys.Waiting, keys.Owners, keys.LastTagByOwner, keys.WaitingByOwner, keys.State, keys.Notify],
            [jobId, owner, options.MaxQueued, options.MaxQueuedPerCaller]))!;
        var code = (int)reply[0];
        var count = (long)reply[1];
        var admission = code switch
        {
            1 => EnqueueStatus.Accepted,
            -1 => EnqueueStatus.QueueFull,
            _ => EnqueueStatus.CallerFull,
        };
        metrics.Enqueued(admission);
        return new EnqueueResult(admission, count, code == 1 ? TimeSpan.Zero : RetryAfter(reply[2]));
    }

    /// <summary>Claims the job whose turn it is.</summary>
    /// <returns>The claim, or <see langword="null"/> when none waits or the queue is paused.</returns>
    public Task<JobClaim?> ClaimAsync() => ClaimAsync("");

    /// <summary>Claims one job out of its turn, if it still waits: to end it.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>The claim, or <see langword="null"/> when the job does not wait.</returns>
    public Task<JobClaim?> ClaimWaitingAsync(string jobId) => ClaimAsync(jobId);

    /// <summary>Renews the leases of claims.</summary>
    /// <param name="claims">The claims.</param>
    /// <returns>The claims that were lost: their leases lapsed and somebody else holds the jobs.</returns>
    public async Task<IReadOnlyList<JobClaim>> RenewAsync(IReadOnlyList<JobClaim> claims)
    {
        var arguments = new RedisValue[1 + (claims.Count * 2)];
        arguments[0] = RedisTime.Milliseconds(options.LeaseDuration);
        for (var i = 0; i < claims.Count; i++)
        {
            arguments[1 + (i * 2)] = claims[i].JobId;
            arguments[2 + (i * 2)] = claims[i].FencingToken;
        }

        var held = (RedisResult[])(await redis.EvaluateAsync(RedisScripts.Renew, [keys.Leases, keys.Claims], arguments))!;
        return [.. claims.Where((_, i) => (int)held[i] == 0)];
    }

    /// <summary>Ends a claim whose stream has its terminal chunk.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="asDeadLetter">Whether the job is kept for an operator.</param>
    /// <returns>A task that ends when it is done; a claim that was lost is left alone.</returns>
    public Task ReleaseAsync(JobClaim claim, bool asDeadLetter = false) => redis.EvaluateAsync(
        RedisScripts.Release,
        [keys.Leases, keys.Claims, keys.Attempts, keys.Owners, keys.Dead],
        [claim.JobId, claim.FencingToken, asDeadLetter ? 1 : 0, options.MaxDeadLetters]);

    /// <summary>Gives a claimed job back, to be the next one served; the attempt does not count.</summary>
    /// <param name="claim">The claim.</param>
    /// <returns>A task that ends when it is done; a claim that was lost is left alone.</returns>
    public async Task RequeueAsync(JobClaim claim)
    {
        var given = await redis.EvaluateAsync(
            RedisScripts.Requeue,
            [keys.Waiting, keys.Owners, keys.WaitingByOwner, keys.State, keys.Notify, keys.Leases, keys.Claims, keys.Attempts],
            [claim.JobId, claim.FencingToken]);
        if ((int)given == 1)
        {
            metrics.Requeued();
        }
    }

    /// <summary>Gives the jobs of silent workers back to the queue. Every worker calls this twice a second.</summary>
    /// <returns>The jobs given back.</returns>
    public async Task<IReadOnlyList<string>> RecoverExpiredAsync()
    {
        var reply = await redis.EvaluateAsync(
            RedisScripts.Recover,
            [keys.Waiting, keys.Owners, keys.WaitingByOwner, keys.State, keys.Notify, keys.Leases, keys.Claims],
            [RedisTime.Milliseconds(MaxRecoveryInterval), RecoveredAtOnce, RedisTime.Milliseconds(ChatJobsOptions.ViewerPresence)]);
        var jobs = (string[])reply!;
        metrics.Redelivered(jobs.Length);
        return jobs;
    }

    /// <summary>How many jobs are served before a job.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>The number, or <see langword="null"/> when the job does not wait.</returns>
    public Task<long?> GetPositionAsync(string jobId) => redis.RunAsync(database => database.SortedSetRankAsync(keys.Waiting, jobId));

    /// <summary>How many jobs wait.</summary>
    /// <returns>The number.</returns>
    public Task<long> WaitingAsync() => redis.RunAsync(database => database.SortedSetLengthAsync(keys.Waiting));

    private static TimeSpan RetryAfter(RedisResult pace)
    {
        // A place is free again after about one claim; a margin keeps a crowd from coming back at once.
        var milliseconds = double.Parse((string)pace!, CultureInfo.InvariantCulture) * 2;
        return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(milliseconds / 1000), 1, 60));
    }

    private async Task<JobClaim?> ClaimAsync(string jobId)
    {
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Claim,
            [keys.Waiting, keys.Owners, keys.LastTagByOwner, keys.WaitingByOwner, keys.State, keys.Notify, keys.Leases, keys.Claims, keys.Attempts],
            [RedisTime.Milliseconds(options.LeaseDuration), jobId, RedisTime.Milliseconds(MaxRecoveryInterval)]))!;
        return reply.Length == 0 ? null : new JobClaim((string)reply[0]!, (long)reply[1], (int)reply[2]) { RedisOutage = ((long)reply[3], (long)reply[4]) };
    }
}
