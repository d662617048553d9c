using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.RateLimiting;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>
/// Ends claims. Every holder of the claim of an ended job settles its tokens and keeps its dead letter: the worker that ended it may have died before it
/// could.
/// </summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable; each can be repeated.</remarks>
public sealed class ClaimReleaser(JobStore jobs, JobQueue queue, RateLimits limits)
{
    /// <summary>Ends a claim whose stream got its terminal chunk from its holder.</summary>
    public async Task ReleaseAsync(JobClaim claim, bool asDeadLetter = false)
    {
        await limits.SettleAsync(claim.JobId);
        await queue.ReleaseAsync(claim, asDeadLetter);
    }

    /// <summary>Ends a claim with nothing to run: the job is gone, or has ended with a holder that died before it settled and released.</summary>
    public async Task DropAsync(JobClaim claim)
    {
        await limits.SettleAsync(claim.JobId);
        var isDead = await jobs.ReadAsync(claim.JobId) is { Status: JobStatus.Dead };
        await (isDead ? queue.ReleaseAsync(claim, asDeadLetter: true) : queue.DropAsync(claim));
    }
}
