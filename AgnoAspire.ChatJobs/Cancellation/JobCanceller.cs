using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ChatJobs.Cancellation;

/// <summary>Cancels jobs: a waiting job is taken out of the queue and ended here, a running job is ended by its worker.</summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
/// <param name="jobs">The job records.</param>
/// <param name="queue">The queue.</param>
/// <param name="log">The stream logs.</param>
/// <param name="limits">Settles what a job that ends here has used.</param>
/// <param name="channel">Notifies the workers.</param>
/// <param name="options">The settings.</param>
public sealed class JobCanceller(JobStore jobs, JobQueue queue, StreamLog log, RateLimits limits, CancellationChannel channel, ChatJobsOptions options)
{
    // A cancel answers soon: what it cannot end during an outage, the next worker that claims the job ends.
    private static readonly TimeSpan RetryTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Cancels a job; no-op for a job that has ended.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>False when there is no such job.</returns>
    public Task<bool> CancelAsync(string jobId) => CancelAsync(jobId, gracePeriod: null);

    /// <summary>Cancels a job that has had no viewer for longer than the grace period, if its policy says so.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>False when there is no such job.</returns>
    public Task<bool> CancelIfAbandonedAsync(string jobId) => CancelAsync(jobId, options.DisconnectGracePeriod);

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

        if (await jobs.StartAsync(claim, nameof(JobCanceller)) is not { } job)
        {
            await queue.DropAsync(claim);
            return;
        }

        await using var writer = log.OpenWriter(job, await log.ReadAllAsync(jobId), new AppendRetry(RetryTimeout, CancellationToken.None));
        var status = await writer.CompleteAsync(FinishReason.Cancelled, usage: null, error: null);
        if (status == WriterStatus.Unavailable)
        {
            await jobs.RelinquishAsync(claim);
            await queue.RequeueAsync(claim);
            return;
        }

        await limits.SettleAsync(jobId);
        await queue.ReleaseAsync(claim);
    }
}
