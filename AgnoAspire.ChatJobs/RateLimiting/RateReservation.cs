namespace AgnoAspire.ChatJobs.RateLimiting;

/// <summary>What the limits said to a chat completion, and what they leave.</summary>
/// <param name="Decision">Whether it may go on.</param>
/// <param name="Requests">Requests counted in the last minute, this one included where it was granted.</param>
/// <param name="Tokens">Tokens counted in the last minute, reserved ones included.</param>
/// <param name="Reset">After how long without a request nothing is counted any more; 61 seconds at most.</param>
/// <param name="RetryAfter">When a refused request fits again, if nothing else comes; zero for one that was granted.</param>
public readonly record struct RateReservation(RateDecision Decision, long Requests, long Tokens, TimeSpan Reset, TimeSpan RetryAfter)
{
    /// <summary>Gets whether the chat completion may go on.</summary>
    public bool IsGranted => Decision is RateDecision.Granted or RateDecision.CountedAlready;
}

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

/// <summary>The chat completions and the tokens, read and written, of one caller within any minute; <see langword="null"/> for no limit.</summary>
public readonly record struct RateLimit(int? RequestsPerMinute, int? TokensPerMinute)
{
    /// <summary>Gets whether nothing is limited.</summary>
    public bool IsNone => RequestsPerMinute is null && TokensPerMinute is null;
}
