using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>
/// The jobs that wait and the jobs that are claimed. Callers take turns; a claim is held with a lease and identified by a fencing token; a job
/// whose lease has expired is requeued.
/// </summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class JobQueue(
    RedisConnection redis, RedisKeys keys, WorkerPresence presence, ChatJobsMetrics metrics, ChatJobsOptions options)
{
    private const int RecoveredAtOnce = 256;

    // A claim is renewed once per lease of its worker, from its first heartbeat on. One that its worker does not know is never renewed.
    private const int LeasesPerRenewal = 3;

    // Between the two checks in which a lost worker is absent. Workers renew their leases more often.
    private static readonly TimeSpan MinAbsence = TimeSpan.FromMilliseconds(450);

    // For workers to subscribe again after a restart or a failover of Redis.
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(5);

    // Workers recover four times a second; after a longer interval no worker was there to renew either.
    private static readonly TimeSpan MaxRecoveryInterval = TimeSpan.FromSeconds(3);

    /// <summary>Gets whether this process is connected to Redis.</summary>
    public bool IsAvailable => redis.IsConnected;

    /// <summary>Puts a job in the queue; no-op for one that waits or is claimed already. <see cref="JobAdmitter"/> completes the admission.</summary>
    public async Task<EnqueueResult> EnqueueAsync(string jobId, string owner, int requestBytes = 0)
    {
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Enqueue,
            [keys.Waiting, keys.Owners, keys.LastTagByOwner, keys.WaitingByOwner, keys.State, keys.Notify, keys.Claims, keys.Bytes],
            [jobId, owner, options.MaxQueued, options.MaxQueuedPerCaller, requestBytes, options.MaxQueuedBytes, options.MaxQueuedBytesPerCaller]))!;
        var code = (int)reply[0];
        var count = (long)reply[1];
        var status = code switch
        {
            1 => EnqueueStatus.Accepted,
            -1 => EnqueueStatus.QueueFull,
            _ => EnqueueStatus.CallerFull,
        };
        metrics.Enqueued(status);
        return new EnqueueResult(status, count, code == 1 ? TimeSpan.Zero : RetryAfter(reply[2]));
    }

    /// <summary>Claims the job whose turn it is; <see langword="null"/> when none waits or the queue is paused.</summary>
    public Task<JobClaim?> ClaimAsync() => ClaimAsync("");

    /// <summary>Claims one job out of its turn, to end it; <see langword="null"/> when it does not wait.</summary>
    public Task<JobClaim?> ClaimWaitingAsync(string jobId) => ClaimAsync(jobId);

    /// <summary>
    /// Renews the leases of claims, in one script: callers with many claims pass some dozens at a time. Returns those that another process holds or
    /// may take; what Redis has lost is held again.
    /// </summary>
    public async Task<IReadOnlyList<JobClaim>> RenewAsync(IReadOnlyList<JobClaim> claims)
    {
        if (claims.Count == 0)
        {
            return [];
        }

        var arguments = new RedisValue[2 + (claims.Count * 2)];
        arguments[0] = RedisTime.Milliseconds(options.LeaseDuration * LeasesPerRenewal);
        arguments[1] = presence.WorkerId;
        for (var i = 0; i < claims.Count; i++)
        {
            arguments[2 + (i * 2)] = claims[i].JobId;
            arguments[3 + (i * 2)] = claims[i].FencingToken;
        }

        var held = (RedisResult[])(await redis.EvaluateAsync(RedisScripts.Renew, [keys.Leases, keys.Claims, keys.Waiting], arguments))!;
        return [.. claims.Where((_, i) => (int)held[i] == 0)];
    }

    /// <summary>Ends a claim whose stream has its terminal chunk; a dead letter is kept for an operator. No-op for a claim that was lost.</summary>
    public Task ReleaseAsync(JobClaim claim, bool asDeadLetter = false) => ReleaseAsync(claim, asDeadLetter ? "dead" : "ended");

    /// <summary>
    /// Ends a claim whose job cannot be run: its record is gone. A job that was admitted again in the meantime is requeued. No-op for a claim that
    /// was lost.
    /// </summary>
    public Task DropAsync(JobClaim claim) => ReleaseAsync(claim, "nothing");

    /// <summary>Puts a claimed job back at the head of the queue. No-op for a claim that was lost.</summary>
    public async Task RequeueAsync(JobClaim claim)
    {
        var given = await redis.EvaluateAsync(
            RedisScripts.Requeue,
            [keys.Waiting, keys.Owners, keys.WaitingByOwner, keys.State, keys.Notify, keys.Leases, keys.Claims],
            [claim.JobId, claim.FencingToken]);
        if ((int)given == 1)
        {
            metrics.Requeued();
        }
    }

    /// <summary>
    /// Renews the lease of this worker, requeues the jobs of lost workers and those whose own leases have expired, and returns them. Every worker calls
    /// this four times a second.
    /// </summary>
    public async Task<IReadOnlyList<string>> RecoverExpiredAsync()
    {
        var reply = await redis.EvaluateAsync(
            RedisScripts.Recover,
            [keys.Waiting, keys.Owners, keys.WaitingByOwner, keys.State, keys.Notify, keys.Leases, keys.Claims, keys.Workers, keys.Presence],
            [
                RedisTime.Milliseconds(MaxRecoveryInterval), RecoveredAtOnce, RedisTime.Milliseconds(ChatJobsOptions.ViewerPresence), presence.WorkerId,
                RedisTime.Milliseconds(options.LeaseDuration), keys.WorkerPrefix, RedisTime.Milliseconds(MinAbsence), RedisTime.Milliseconds(SettlingTime),
                RedisTime.Milliseconds(options.LeaseDuration * LeasesPerRenewal),
            ]);
        var jobs = (string[])reply!;
        metrics.Redelivered(jobs.Length);
        return jobs;
    }

    /// <summary>How many jobs are served before a job; <see langword="null"/> when it does not wait.</summary>
    public Task<long?> GetPositionAsync(string jobId) => redis.RunAsync(database => database.SortedSetRankAsync(keys.Waiting, jobId));

    /// <summary>How many jobs wait.</summary>
    public Task<long> WaitingAsync() => redis.RunAsync(database => database.SortedSetLengthAsync(keys.Waiting));

    private static TimeSpan RetryAfter(RedisResult pace)
    {
        // The queue has room again after about one claim; the factor spreads the callers who retry.
        var milliseconds = double.Parse((string)pace!, CultureInfo.InvariantCulture) * 2;
        return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(milliseconds / 1000), 1, 60));
    }

    private Task<RedisResult> ReleaseAsync(JobClaim claim, string kind) => redis.EvaluateAsync(
        RedisScripts.Release,
        [keys.Waiting, keys.Owners, keys.WaitingByOwner, keys.State, keys.Notify, keys.Leases, keys.Claims, keys.Dead, keys.Bytes],
        [claim.JobId, claim.FencingToken, kind, options.MaxDeadLetters, RedisTime.Milliseconds(options.StreamRetention + options.DeadLetterRetention)]);

    private async Task<JobClaim?> ClaimAsync(string jobId)
    {
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Claim,
            [keys.Waiting, keys.Owners, keys.LastTagByOwner, keys.WaitingByOwner, keys.State, keys.Notify, keys.Leases, keys.Claims, keys.Workers],
            [RedisTime.Milliseconds(options.LeaseDuration), jobId, RedisTime.Milliseconds(MaxRecoveryInterval), presence.WorkerId]))!;
        return reply.Length == 0
            ? null
            : new JobClaim((string)reply[0]!, (long)reply[1]) { RedisOutage = ((long)reply[2], (long)reply[3]), LostToken = (string)reply[4]! };
    }
}

/// <summary>What the queue said to a job.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Position">How many jobs are served before it; -1 when a worker has it already.</param>
/// <param name="RetryAfter">When a refused caller may try again, from the pace at which jobs are claimed; 1 to 60 seconds.</param>
public readonly record struct EnqueueResult(EnqueueStatus Status, long Position, TimeSpan RetryAfter);
