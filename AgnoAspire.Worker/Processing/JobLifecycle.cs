using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.Worker.Processing;

/// <summary>The steps of a claimed job in Redis, from its start to its release. Each is repeated while Redis is unavailable, until its token is cancelled.</summary>
internal sealed class JobLifecycle(JobStore jobs, StreamLog log, JobQueue queue, RateLimits limits, TimeProvider time, ILogger<JobLifecycle> logger)
{
    private static readonly string Worker = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>Starts a job and reads the chunks already sent. Null: the job has ended, or another worker holds it. During an outage the claim is kept: giving it up would cost an attempt.</summary>
    public Task<(ClaimedJob Job, IReadOnlyList<SequencedChunk> Sent)?> StartAsync(JobClaim claim, CancellationToken cancellationToken) =>
        RedisLoop.RetryAsync<(ClaimedJob, IReadOnlyList<SequencedChunk>)?>(
            async () => await jobs.StartAsync(claim, Worker) is { } job ? (job, job.ChunkCount > 0 ? await log.ReadAllAsync(claim.JobId) : []) : null,
            time,
            logger,
            cancellationToken);

    public ChunkWriter OpenWriter(ClaimedJob job, IReadOnlyList<SequencedChunk> sent) => log.OpenWriter(job, sent);

    /// <summary>Gives the job back to the queue; the attempt does not count.</summary>
    public Task RequeueAsync(JobClaim claim, CancellationToken cancellationToken) => RetryAsync(() => queue.RequeueAsync(claim), cancellationToken);

    /// <summary>Ends the claim of a job that has ended.</summary>
    public Task ReleaseAsync(JobClaim claim, bool asDeadLetter, CancellationToken cancellationToken) => RetryAsync(() => queue.ReleaseAsync(claim, asDeadLetter), cancellationToken);

    /// <summary>Counts the tokens of an ended job. During an outage the reservation stands until its minute is over.</summary>
    public async Task SettleAsync(ClaimedJob job, long tokens)
    {
        try
        {
            await limits.SettleAsync(job.Owner, job.Claim.JobId, tokens);
        }
        catch (ChatJobsUnavailableException)
        {
        }
    }

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
