namespace AgnoAspire.Worker.Processing;

/// <summary>
/// The steps of a claimed job in Redis, from its start to its release. Each is repeated while Redis is unavailable, until its token is
/// cancelled.
/// </summary>
internal sealed class JobLifecycle(JobStore jobs, StreamLog log, JobQueue queue, ClaimReleaser releaser, TimeProvider time, ILogger<JobLifecycle> logger)
{
    private static readonly string Worker = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>
    /// Starts a job and reads the chunks already sent. Null: the job has ended, or another worker holds it. During an outage the claim is kept:
    /// another worker could not start the job either.
    /// </summary>
    public Task<(ClaimedJob Job, IReadOnlyList<SequencedChunk> Sent)?> StartAsync(JobClaim claim, CancellationToken cancellationToken) =>
        RedisLoop.RetryAsync<(ClaimedJob, IReadOnlyList<SequencedChunk>)?>(
            async () => await jobs.StartAsync(claim, Worker) is { } job ? (job, job.ChunkCount > 0 ? await log.ReadAllAsync(claim.JobId) : []) : null,
            time,
            logger,
            cancellationToken);

    /// <summary>Opens the writer of a job, which retries appends during an outage until the token is cancelled.</summary>
    public ChunkWriter OpenWriter(ClaimedJob job, IReadOnlyList<SequencedChunk> sent, CancellationToken cancellationToken) =>
        log.OpenWriter(job, sent, new AppendRetry(null, cancellationToken));

    /// <summary>Gives the job back to the queue; the attempt does not count.</summary>
    public Task RequeueAsync(JobClaim claim, CancellationToken cancellationToken) => RetryAsync(
        async () =>
        {
            await jobs.RelinquishAsync(claim);
            await queue.RequeueAsync(claim);
        },
        cancellationToken);

    /// <summary>Settles the tokens of a job that has ended, and ends its claim.</summary>
    public Task ReleaseAsync(JobClaim claim, bool asDeadLetter, CancellationToken cancellationToken) =>
        RetryAsync(() => releaser.ReleaseAsync(claim, asDeadLetter), cancellationToken);

    /// <summary>Ends a claim with nothing to run: the job is gone, or has ended with a worker that died before it settled and released.</summary>
    public Task DropAsync(JobClaim claim, CancellationToken cancellationToken) => RetryAsync(() => releaser.DropAsync(claim), cancellationToken);

    private Task<bool> RetryAsync(Func<Task> operation, CancellationToken cancellationToken) => RedisLoop.RetryAsync(
        async () =>
        {
            await operation();
            return true;
        },
        time,
        logger,
        cancellationToken);
}
