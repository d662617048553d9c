namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>A job that one process holds until its lease lapses.</summary>
/// <param name="JobId">The job.</param>
/// <param name="FencingToken">The fence token: higher than that of every claim before; only the highest can append.</param>
/// <param name="Attempt">How often the job was claimed, this time included.</param>
public sealed record JobClaim(string JobId, long FencingToken, int Attempt)
{
    /// <summary>Gets when Redis was last away, in milliseconds of its clock; zeros when it never was.</summary>
    internal (long From, long Until) RedisOutage { get; init; }
}
