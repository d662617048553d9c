using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs.RateLimiting;

namespace AgnoAspire.ApiService.RateLimiting;

/// <summary>Enforces the rate limits of callers and reports the remainder in <c>x-ratelimit-*</c> headers.</summary>
internal sealed class CallerRateLimiter(RateLimits limits, IOptions<RateLimitOptions> options, IOptions<ChatAuthenticationOptions> access)
{
    /// <summary>Counts a request and reserves the tokens that its job may use; once for all requests that share the reservation.</summary>
    /// <returns>The problem if a limit is reached, else <see langword="null"/>.</returns>
    public async Task<ProblemHttpResult?> ReserveAsync(HttpContext context, NewJob job, string reservationId)
    {
        var limit = LimitOf(job.Owner);
        if (limit.IsNone)
        {
            return null;
        }

        var wanted = TokenEstimate.OfPrompt(job.Completion) + (job.Completion.MaxTokens ?? options.Value.DefaultReservedTokens);
        var reservation = await limits.ReserveAsync(job.Owner, reservationId, limit, wanted);
        WriteHeaders(context.Response.Headers, "requests", limit.RequestsPerMinute, reservation.Requests, reservation.Reset);
        WriteHeaders(context.Response.Headers, "tokens", limit.TokensPerMinute, reservation.Tokens, reservation.Reset);
        if (reservation.IsGranted)
        {
            return null;
        }

        ApiProblems.RetryAfter(context, reservation.RetryAfter);
        return reservation.Decision == RateDecision.TooManyRequests
            ? ApiProblems.TooManyRequests(limit.RequestsPerMinute!.Value)
            : ApiProblems.TooManyTokens(limit.TokensPerMinute!.Value);
    }

    private static void WriteHeaders(IHeaderDictionary headers, string kind, long? limit, long used, TimeSpan reset)
    {
        if (limit is { } most)
        {
            headers[$"x-ratelimit-limit-{kind}"] = most.ToString(CultureInfo.InvariantCulture);
            headers[$"x-ratelimit-remaining-{kind}"] = Math.Max(0, most - used).ToString(CultureInfo.InvariantCulture);
            headers[$"x-ratelimit-reset-{kind}"] = $"{Math.Ceiling(reset.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)}ms";
        }
    }

    // The limits of a key override the general ones.
    private RateLimit LimitOf(string owner)
    {
        var general = options.Value.Limit;
        return access.Value.ApiKeys.FirstOrDefault(key => CallerIdentity.OfKey(key.Name) == owner) is { } own
            ? new RateLimit(own.RequestsPerMinute ?? general.RequestsPerMinute, own.TokensPerMinute ?? general.TokensPerMinute)
            : general;
    }
}
