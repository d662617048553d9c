using System.ComponentModel.DataAnnotations;
using AgnoAspire.ChatJobs.RateLimiting;

namespace AgnoAspire.ApiService.RateLimiting;

/// <summary>The limits of one caller per minute, over all replicas; section <c>ChatApi:RateLimits</c>. Default none.</summary>
public sealed class RateLimitOptions
{
    /// <summary>The configuration section these options are bound from.</summary>
    public const string Section = "ChatApi:RateLimits";

    /// <summary>Gets or sets the maximum number of chat completions per minute. Default none.</summary>
    [Range(1, 10_000_000)]
    public int? RequestsPerMinute { get; set; }

    /// <summary>Gets or sets the maximum number of tokens per minute, prompt and completion together. Default none.</summary>
    [Range(1, 2_000_000_000)]
    public int? TokensPerMinute { get; set; }

    /// <summary>Gets or sets how many completion tokens are reserved for a request without <c>max_tokens</c>. Default 1,000.</summary>
    [Range(0, 10_000_000)]
    public int DefaultReservedTokens { get; set; } = 1000;

    internal RateLimit Limit => new(RequestsPerMinute, TokensPerMinute);
}
