namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>
/// What a job was at the moment it was read. The status is one of <see cref="JobStatus"/>'s names; no chunks for an ended job means that its log
/// has expired. Created when it was admitted, started when a worker first began it, ended when it got its terminal chunk.
/// </summary>
public sealed record JobSnapshot(
    string Id,
    string Owner,
    string Model,
    string Provider,
    string Status,
    long ChunkCount,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt)
{
    /// <summary>Gets the W3C trace context of the request that admitted it, or <see langword="null"/>.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Gets the secret that signs the job's stream tokens.</summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Gets whether the stream has its terminal chunk.</summary>
    public bool HasEnded => JobStatus.HasEnded(Status);

    /// <summary>Gets whether the job is remembered but its stream can no longer be read.</summary>
    public bool HasExpired => HasEnded && ChunkCount == 0;
}

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
    public static bool HasEnded(string status) => status is Completed or Cancelled or Failed or Dead;
}
