using System.Runtime.CompilerServices;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ChatJobs.Cancellation;

/// <summary>Cancels jobs: a waiting job is taken out of the queue and ended here, a running job is ended by its worker.</summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class JobCanceller(JobStore jobs, JobQueue queue, StreamLog log, ClaimReleaser releaser, CancellationChannel channel, ChatJobsOptions options)
{
    // A cancel answers soon: what it cannot end during an outage, the next worker that claims the job ends.
    private static readonly ChatError Unserved = new(ErrorCode.ModelUnavailable, "No worker serves this model any more. Try again later.");
    private static readonly ChatError WorkerLost = new(ErrorCode.WorkerLost, "The worker died, and no other one runs. Try again later.");
    private static readonly TimeSpan RetryTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Cancels a job; no-op for a job that has ended, false when there is no such job.</summary>
    public Task<bool> CancelAsync(string jobId) => CancelAsync(jobId, gracePeriod: null);

    /// <summary>Cancels a job that has had no viewer for longer than the grace period, if its policy says so. False when there is no such job.</summary>
    public Task<bool> CancelIfAbandonedAsync(string jobId) => CancelAsync(jobId, options.DisconnectGracePeriod);

    /// <summary>Ends every job that waits, when no worker is left to run one. A paused queue keeps its jobs.</summary>
    /// <returns>How many it ended.</returns>
    public async Task<int> EndUnservedAsync()
    {
        // A job that had a worker waits again when its lease has expired, which only workers notice otherwise.
        await queue.RecoverExpiredAsync();
        var count = 0;
        for (; await queue.ClaimAsync() is { } claim; count++)
        {
            await EndAsync(claim, job => job.Cancelled ? (FinishReason.Cancelled, null) : (FinishReason.Error, job.ChunkCount > 0 ? WorkerLost : Unserved));
        }

        return count;
    }

    private async Task<bool> CancelAsync(string jobId, TimeSpan? gracePeriod)
    {
        var marked = await jobs.MarkCancelledAsync(jobId, gracePeriod);
        if (marked is true)
        {
            await EndAsync(jobId);
        }

        return marked is not null;
    }

    // The job is marked: any later claim ends it, so a crash between these steps loses nothing.
    private async Task EndAsync(string jobId)
    {
        if (await queue.ClaimWaitingAsync(jobId) is not { } claim)
        {
            await channel.PublishAsync(jobId);
            return;
        }

        await EndAsync(claim, _ => (FinishReason.Cancelled, null));
    }

    private async Task EndAsync(JobClaim claim, Func<ClaimedJob, (string FinishReason, ChatError? Error)> end)
    {
        if (await jobs.StartAsync(claim, nameof(JobCanceller)) is not { } job)
        {
            await releaser.DropAsync(claim);
            return;
        }

        await using var writer = log.OpenWriter(job, await log.ReadAllAsync(claim.JobId), new AppendRetry(RetryTimeout, CancellationToken.None));
        var (finishReason, error) = end(job);
        var status = await writer.CompleteAsync(finishReason, usage: null, error);
        if (status == WriterStatus.Unavailable)
        {
            await jobs.RelinquishAsync(claim);
            await queue.RequeueAsync(claim);
            return;
        }

        await releaser.ReleaseAsync(claim);
    }
}

/// <summary>Notifies the workers of cancelled jobs. A lost notification is found by the worker's next append or heartbeat.</summary>
public sealed class CancellationChannel(RedisConnection redis, RedisKeys keys)
{
    /// <summary>Notifies all workers that a job was cancelled.</summary>
    public Task PublishAsync(string jobId) => redis.PublishAsync(keys.Cancels, jobId);

    /// <summary>Subscribes to the ids of cancelled jobs, until the token is cancelled.</summary>
    public async IAsyncEnumerable<string> SubscribeAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var queue = await redis.SubscribeAsync(keys.Cancels);
        await foreach (var message in queue.WithCancellation(cancellationToken))
        {
            yield return message.Message.ToString();
        }
    }
}
