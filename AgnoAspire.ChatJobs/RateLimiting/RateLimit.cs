namespace AgnoAspire.ChatJobs.RateLimiting;

/// <summary>What one caller may use within any minute.</summary>
/// <param name="RequestsPerMinute">The most chat completions; <see langword="null"/> for no limit.</param>
/// <param name="TokensPerMinute">The most tokens, read and written; <see langword="null"/> for no limit.</param>
public readonly record struct RateLimit(int? RequestsPerMinute, int? TokensPerMinute)
{
    /// <summary>Gets whether nothing is limited.</summary>
    public bool IsNone => RequestsPerMinute is null && TokensPerMinute is null;
}
