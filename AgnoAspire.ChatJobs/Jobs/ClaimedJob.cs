namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>A claimed job that this process may now append to.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Completion">What was asked.</param>
/// <param name="Owner">Who asked.</param>
/// <param name="Cancelled">Whether all that is left to do is to end the stream.</param>
/// <param name="ChunkCount">Chunks that earlier attempts have sent.</param>
/// <param name="TraceParent">The W3C trace context of the request, or <see langword="null"/>.</param>
/// <param name="TraceState">Its vendor part, or <see langword="null"/>.</param>
/// <param name="CreatedAt">When the job was admitted, by Redis' clock.</param>
/// <param name="QueueTime">How long it waited, by Redis' clock; <see langword="null"/> when it was started before.</param>
/// <param name="Attempt">How often the job was started, this time included; attempts that workers relinquished in order do not count.</param>
public sealed record ClaimedJob(
    JobClaim Claim,
    ChatCompletion Completion,
    string Owner,
    bool Cancelled,
    long ChunkCount,
    string? TraceParent,
    string? TraceState,
    DateTimeOffset CreatedAt,
    TimeSpan? QueueTime,
    int Attempt)
{
    /// <summary>Gets the whole record.</summary>
    internal JobRecord Record { get; init; } = JobRecord.None;
}

/// <summary>
/// A job that one process holds until its lease expires. The fencing token is higher than that of every earlier claim; only the holder of the
/// highest can append.
/// </summary>
public sealed record JobClaim(string JobId, long FencingToken)
{
    /// <summary>Gets the last outage of Redis, in milliseconds of its clock; zeros when there was none.</summary>
    internal (long From, long Until) RedisOutage { get; init; }

    /// <summary>Gets the fencing token of the claim that was taken over because its worker is gone; empty when there was none.</summary>
    internal string LostToken { get; init; } = "";
}
