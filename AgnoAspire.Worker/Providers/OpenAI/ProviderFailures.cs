using System.Net;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>Makes typed failures of what a provider does: one place that decides whose fault it is and what may be said about it.</summary>
/// <param name="Model">The model's public name.</param>
/// <param name="Secret">The provider's key, to be kept out of every message.</param>
/// <param name="TimeProvider">The clock, for times in <c>Retry-After</c>.</param>
internal sealed record ProviderFailures(string Model, string? Secret, TimeProvider TimeProvider)
{
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    /// <summary>The record's text, without the key.</summary>
    /// <returns>The model's name.</returns>
    public override string ToString() => Model;

    /// <summary>The provider answered with a status that is no success.</summary>
    /// <param name="response">The response; its body was read already.</param>
    /// <param name="error">What the body says.</param>
    /// <returns>The failure.</returns>
    public InferenceException Refused(HttpResponseMessage response, ProviderError? error)
    {
        var status = (int)response.StatusCode;
        var wait = RetryAfter(response);
        return response.StatusCode switch
        {
            // Such answers like to quote the key, so none of their words are passed on.
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                => new InferenceException(ErrorCode.ProviderAuthentication, $"The provider of model '{Model}' did not accept our credentials ({status}).") { RetryAfter = wait },
            HttpStatusCode.TooManyRequests
                => Failure(ErrorCode.ProviderRateLimited, $"The provider of model '{Model}' has had too many requests ({status})", error, error is not { QuotaSpent: true }, wait),
            >= HttpStatusCode.InternalServerError
                => Failure(ErrorCode.ProviderUnavailable, $"The provider of model '{Model}' failed ({status})", error, true, wait),
            HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or (HttpStatusCode)425
                => Failure(ErrorCode.ProviderRejected, $"The provider of model '{Model}' did not accept the request ({status})", error, true, wait),

            // Another endpoint may have what this one has not.
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Gone
                => Failure(ErrorCode.ProviderRejected, $"The provider of model '{Model}' did not accept the request ({status})", error, false, wait),
            >= HttpStatusCode.BadRequest
                => Failure(ErrorCode.ProviderRejected, $"The provider of model '{Model}' did not accept the request ({status})", error, false, wait, requestAtFault: true),
            _ => Failure(ErrorCode.ProviderRejected, $"The provider of model '{Model}' answered with status {status} instead of a stream", null, false, wait),
        };
    }

    /// <summary>The provider could not be reached.</summary>
    /// <returns>The failure.</returns>
    public InferenceException Unreachable() => Failure(ErrorCode.ProviderUnavailable, $"The provider of model '{Model}' could not be reached", null, true);

    /// <summary>The provider sent an error where its answer should be.</summary>
    /// <param name="error">What it says.</param>
    /// <returns>The failure.</returns>
    public InferenceException Error(ProviderError? error) =>
        Failure(
            ErrorCode.ProviderError,
            $"The provider of model '{Model}' reported an error",
            error,
            error is not ({ IsCallerError: true } or { QuotaSpent: true }),
            requestAtFault: error is { IsCallerError: true });

    /// <summary>The connection broke in mid-answer.</summary>
    /// <returns>The failure.</returns>
    public InferenceException Closed() =>
        Failure(ErrorCode.ProviderClosed, $"The provider of model '{Model}' closed the stream before the answer was finished", null, true);

    /// <summary>The provider sent something that is no chat completion stream.</summary>
    /// <param name="what">What it sent, as the end of a sentence.</param>
    /// <returns>The failure.</returns>
    public InferenceException Malformed(string what) => Failure(ErrorCode.ProviderMalformed, $"The provider of model '{Model}' sent {what}", null, false);

    private InferenceException Failure(
        string code, string sentence, ProviderError? error, bool transient, TimeSpan? retryAfter = null, bool requestAtFault = false) =>
        new(code, error?.Message is { Length: > 0 } message && ErrorText.Clean(message, Secret) is { Length: > 0 } words ? $"{sentence}: {words}" : $"{sentence}.")
        {
            Transient = transient,
            RetryAfter = retryAfter,
            IsCallerError = requestAtFault,
        };

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is not { } header)
        {
            return null;
        }

        var wait = header.Delta ?? (header.Date - TimeProvider.GetUtcNow());
        return wait is null || wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestRetryAfter ? LongestRetryAfter : wait;
    }
}
