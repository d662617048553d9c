namespace AgnoAspire.ChatJobs.RateLimiting;

/// <summary>Whether a chat completion is within its caller's limits.</summary>
public enum RateDecision
{
    /// <summary>It is, and is counted from now on.</summary>
    Granted,

    /// <summary>It was counted before: the same job again.</summary>
    CountedAlready,

    /// <summary>The caller made as many requests as allowed.</summary>
    TooManyRequests,

    /// <summary>The caller used, or reserved, as many tokens as allowed.</summary>
    TooManyTokens,
}
