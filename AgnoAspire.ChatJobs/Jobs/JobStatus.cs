namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>Where a job is in its life, as it is spelled in Redis and on the wire.</summary>
public static class JobStatus
{
    /// <summary>Requests are putting it in the queue; none has succeeded yet. Such a job does not exist for its readers.</summary>
    internal const string Admitting = "admitting";

    /// <summary>It waits for a worker.</summary>
    public const string Queued = "queued";

    /// <summary>A worker has it, or had it and another will.</summary>
    public const string Running = "running";

    /// <summary>It ended with a finish reason of the provider.</summary>
    public const string Completed = "completed";

    /// <summary>It was cancelled.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>It ended with an error.</summary>
    public const string Failed = "failed";

    /// <summary>It was tried as often as allowed and failed; its request is kept, as a dead letter.</summary>
    public const string Dead = "dead";

    /// <summary>Whether a job of this status has its terminal chunk.</summary>
    /// <param name="status">The status.</param>
    /// <returns>True when it has.</returns>
    public static bool HasEnded(string status) => status is Completed or Cancelled or Failed or Dead;
}
