using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.RateLimiting;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>
/// Ends the admission of a job, which several requests with one id may be carrying out at once: it is accepted as soon as the queue accepts it
/// from one of them, and discarded when the queue has refused it to all of them. An accepted job is never discarded.
/// </summary>
/// <remarks>
/// Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable. The outcome is unknown then, so nothing is undone:
/// what is left of the admission expires.
/// </remarks>
public sealed class JobAdmitter(JobStore jobs, JobQueue queue, RateLimits limits)
{
    /// <summary>
    /// Puts a job in the queue, for good; if the queue refuses, <see cref="WithdrawAsync"/> is done. Returns whether the job is accepted, by this
    /// request or another one.
    /// </summary>
    public async Task<EnqueueResult> EnqueueAsync(NewJob job, JobAdmission admission)
    {
        var result = await queue.EnqueueAsync(job.Id, job.Owner);
        if (result.Status != EnqueueStatus.Accepted)
        {
            return await WithdrawAsync(job, admission) ? new EnqueueResult(EnqueueStatus.Accepted, -1, TimeSpan.Zero) : result;
        }

        // The record can only have expired if this process stood still; a worker then finds nothing to run.
        return await jobs.AcceptAsync(job.Id)
            ? result
            : throw new ChatJobsUnavailableException("The admission of the job took too long.");
    }

    /// <summary>
    /// Withdraws a request that was refused. Discards the job and its reservation if no other request is admitting it. Returns whether the job is
    /// accepted all the same, by another request.
    /// </summary>
    public async Task<bool> WithdrawAsync(NewJob job, JobAdmission admission)
    {
        var result = await jobs.WithdrawAsync(job.Id);
        if (result == WithdrawResult.Deleted)
        {
            await limits.ReleaseAsync(job.Owner, admission.ReservationId!);
        }

        return result == WithdrawResult.Accepted;
    }
}
