using System.Globalization;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.RateLimiting;

/// <summary>Enforces the rate limits of callers and reports the remainder in <c>x-ratelimit-*</c> headers.</summary>
internal sealed class CallerRateLimiter(RateLimits limits, IOptions<RateLimitOptions> options, IOptions<ChatAuthenticationOptions> access)
{
    /// <summary>Reserves the tokens that a job may use.</summary>
    /// <returns>Whether this call made the reservation, and the problem if the limit is reached.</returns>
    public async Task<(bool IsNew, ProblemHttpResult? Problem)> ReserveAsync(HttpContext context, NewJob job)
    {
        var limit = LimitOf(job.Owner);
        if (limit.IsNone)
        {
            return (false, null);
        }

        var wanted = TokenEstimate.OfPrompt(job.Completion) + (job.Completion.MaxTokens ?? options.Value.DefaultReservedTokens);
        var reservation = await limits.ReserveAsync(job.Owner, job.Id, limit, wanted);
        WriteHeaders(context.Response.Headers, "requests", limit.RequestsPerMinute, reservation.Requests, reservation.Reset);
        WriteHeaders(context.Response.Headers, "tokens", limit.TokensPerMinute, reservation.Tokens, reservation.Reset);
        if (reservation.IsGranted)
        {
            return (reservation.Decision == RateDecision.Granted, null);
        }

        ApiProblems.RetryAfter(context, reservation.RetryAfter);
        return (false, reservation.Decision == RateDecision.TooManyRequests
            ? ApiProblems.TooManyRequests(limit.RequestsPerMinute!.Value)
            : ApiProblems.TooManyTokens(limit.TokensPerMinute!.Value));
    }

    /// <summary>Releases the reservation of a job that will not run.</summary>
    public Task ReleaseAsync(NewJob job) => limits.ReleaseAsync(job.Owner, job.Id);

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
