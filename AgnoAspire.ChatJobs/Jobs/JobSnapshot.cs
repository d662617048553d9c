namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>What a job was at the moment it was read.</summary>
/// <param name="Id">The job.</param>
/// <param name="Owner">Who asked.</param>
/// <param name="Model">The public name of the model.</param>
/// <param name="Provider">What answers, as its worker announced it.</param>
/// <param name="Status">One of <see cref="JobStatus"/>'s names.</param>
/// <param name="ChunkCount">Chunks in the log; 0 for an ended job means that the log has expired.</param>
/// <param name="CreatedAt">When it was admitted.</param>
/// <param name="StartedAt">When a worker first began it.</param>
/// <param name="EndedAt">When it got its terminal chunk.</param>
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
