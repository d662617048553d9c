using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.ChatJobs.RateLimiting;

/// <summary>
/// What each caller used within the last minute, counted in Redis for all replicas together: a request when it is admitted, tokens reserved
/// then and settled when the stream ends. The minute slides and is counted in buckets of one second: in no sixty seconds is more used than
/// allowed, and a request counts for a minute and at most one second.
/// </summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class RateLimits(RedisConnection redis, RedisKeys keys)
{
    private const int Remove = -1;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Counts a chat completion and reserves tokens, if it is within the limits. The same <see cref="JobAdmission.ReservationId"/> is counted once;
    /// more tokens than the whole limit count as the whole limit.
    /// </summary>
    public async Task<RateReservation> ReserveAsync(string caller, string reservationId, RateLimit limit, long tokens)
    {
        var reserved = Math.Min(tokens, limit.TokensPerMinute ?? long.MaxValue);
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Reserve,
            [keys.RateBuckets(caller), keys.RateReservations(caller), keys.RateOrder(caller)],
            [reservationId, limit.RequestsPerMinute ?? 0, limit.TokensPerMinute ?? 0, reserved, (long)Window.TotalSeconds]))!;
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

    /// <summary>
    /// Replaces the tokens reserved for an ended job by the usage that its terminal chunk recorded. Idempotent; no-op for a job that has not
    /// ended, and after the minute of the reservation.
    /// </summary>
    public async Task SettleAsync(string jobId)
    {
        var fields = await redis.RunAsync(database => database.HashGetAsync(keys.Job(jobId), ["owner", "reservation", "usage"]));
        if (fields is [{ IsNull: false } owner, { IsNull: false } reservation, { IsNull: false } usage])
        {
            await SettleAsync(owner.ToString(), reservation.ToString(), (long)usage);
        }
    }

    /// <summary>Takes back the reservation of a chat completion that did not become a job. Idempotent.</summary>
    public Task ReleaseAsync(string caller, string reservationId) => SettleAsync(caller, reservationId, Remove);

    /// <summary>Replaces the tokens of a reservation by those that were used.</summary>
    internal Task SettleAsync(string caller, string reservationId, long tokens) => redis.EvaluateAsync(
        RedisScripts.Settle, [keys.RateBuckets(caller), keys.RateReservations(caller)], [reservationId, tokens]);
}
