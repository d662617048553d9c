namespace AgnoAspire.ChatJobs;

/// <summary>A job that one process holds until its lease lapses.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Fence">The fence token: higher than that of every claim before; only the highest can append.</param>
/// <param name="Attempt">How often the job was claimed, this time included.</param>
public sealed record Claim(string JobId, long Fence, int Attempt)
{
    /// <summary>Gets when Redis was last away, in milliseconds of its clock; zeros when it never was.</summary>
    internal (long From, long Until) Away { get; init; }
}
