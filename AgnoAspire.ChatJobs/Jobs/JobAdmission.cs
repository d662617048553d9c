namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>What a request to admit a job found or began.</summary>
/// <param name="Fingerprint">The hash of the request that the job of this id was created from.</param>
/// <param name="Status">One of <see cref="JobStatus"/>'s names, or that of a job which is being admitted.</param>
/// <param name="ChunkCount">Chunks in the log; 0 for an ended job means that the log has expired.</param>
public sealed record JobAdmission(string Fingerprint, string Status, long ChunkCount)
{
    /// <summary>
    /// Gets the id under which the job's use is reserved: the same for all requests that admit the job together, another one for a later
    /// admission of the same job. <see langword="null"/> when there is nothing to admit.
    /// </summary>
    public string? ReservationId { get; init; }

    /// <summary>Gets when the job was created, by Redis' clock.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Gets the secret that signs the job's stream tokens.</summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Gets whether the job was accepted: it waits, runs or has ended, and can be attached to.</summary>
    public bool IsAccepted => Status != JobStatus.Admitting;

    /// <summary>Gets whether the job is remembered but its stream can no longer be read.</summary>
    public bool HasExpired => JobStatus.HasEnded(Status) && ChunkCount == 0;
}

/// <summary>What is left of a job after a refused request was withdrawn from its admission.</summary>
public enum WithdrawResult
{
    /// <summary>Other requests are still admitting it, or its record has expired.</summary>
    StillAdmitting,

    /// <summary>Nothing: it was refused by every request, and its record is deleted.</summary>
    Deleted,

    /// <summary>Another request was accepted; the job can be attached to.</summary>
    Accepted,
}
