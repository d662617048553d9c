namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>A job that one process holds until its lease expires.</summary>
/// <param name="JobId">The job.</param>
/// <param name="FencingToken">Higher than that of every earlier claim; only the holder of the highest can append.</param>
public sealed record JobClaim(string JobId, long FencingToken)
{
    /// <summary>Gets the last outage of Redis, in milliseconds of its clock; zeros when there was none.</summary>
    internal (long From, long Until) RedisOutage { get; init; }
}
