namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>What becomes of a job whose last viewer left.</summary>
public enum DisconnectPolicy
{
    /// <summary>It is cancelled after <see cref="ChatJobsOptions.DisconnectGracePeriod"/>.</summary>
    Cancel,

    /// <summary>It goes on.</summary>
    Continue,
}
