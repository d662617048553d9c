using System.ComponentModel.DataAnnotations;
using AgnoAspire.ChatJobs.RateLimiting;

namespace AgnoAspire.ApiService.RateLimiting;

/// <summary>What one caller may use within any minute, on all replicas together; section <c>ChatApi:RateLimits</c>. Off unless configured.</summary>
public sealed class RateLimitOptions
{
    /// <summary>The configuration section these options are bound from.</summary>
    public const string Section = "ChatApi:RateLimits";

    /// <summary>Gets or sets the most chat completions a minute. Default none.</summary>
    [Range(1, 10_000_000)]
    public int? RequestsPerMinute { get; set; }

    /// <summary>Gets or sets the most tokens a minute, read and written. Default none.</summary>
    [Range(1, 2_000_000_000)]
    public int? TokensPerMinute { get; set; }

    /// <summary>Gets or sets how many tokens are reserved for the answer to a request without <c>max_tokens</c>. Default 1,000.</summary>
    [Range(0, 10_000_000)]
    public int DefaultReservedTokens { get; set; } = 1000;

    internal RateLimit Limit => new(RequestsPerMinute, TokensPerMinute);
}
