using AgnoAspire.ChatJobs.Redis;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.RateLimiting;

/// <summary>
/// What each caller used within the last minute, counted in Redis for all replicas together: a request when it is admitted, tokens reserved
/// then and settled when the stream ends. The minute slides: at no moment has more been used in the sixty seconds before it.
/// </summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class RateLimits(RedisConnection redis, RedisKeys keys)
{
    private const int Remove = -1;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);


    /// <summary>Counts a chat completion, if it is within the limits.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="jobId">The job it becomes; the same one is counted once.</param>
    /// <param name="limit">The limits.</param>
    /// <param name="tokens">Tokens to reserve; more than the whole limit counts as the whole limit.</param>
    /// <returns>The decision.</returns>
    public async Task<RateReservation> ReserveAsync(string caller, string jobId, RateLimit limit, long tokens)
    {
        var reserved = Math.Min(tokens, limit.TokensPerMinute ?? long.MaxValue);
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Reserve,
            [keys.RateRequests(caller), keys.RateTokens(caller)],
            [jobId, limit.RequestsPerMinute ?? 0, limit.TokensPerMinute ?? 0, reserved, RedisTime.Milliseconds(Window)]))!;
        var decision = (int)reply[0] switch
        {
            1 => RateDecision.Granted,
            2 => RateDecision.CountedAlready,
            -1 => RateDecision.TooManyRequests,
            _ => RateDecision.TooManyTokens,
        };
        return new RateReservation(
            decision, (long)reply[1], (long)reply[2], TimeSpan.FromMilliseconds((long)reply[3]), TimeSpan.FromMilliseconds((long)reply[4]));
    }

    /// <summary>Counts what a job has really cost in place of what was reserved for it.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="jobId">The job; one that is not counted, or not any more, stays so.</param>
    /// <param name="tokens">What it cost.</param>
    /// <returns>A task that ends when it is counted.</returns>
    public Task SettleAsync(string caller, string jobId, long tokens) => redis.EvaluateAsync(
        RedisScripts.Settle, [keys.RateRequests(caller), keys.RateTokens(caller)], [jobId, tokens]);

    /// <summary>Takes a chat completion back that did not become a job.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="jobId">The job it would have become.</param>
    /// <returns>A task that ends when it is not counted any more.</returns>
    public Task ReleaseAsync(string caller, string jobId) => SettleAsync(caller, jobId, Remove);
}
