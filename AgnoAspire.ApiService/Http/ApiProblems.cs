using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace AgnoAspire.ApiService.Http;

/// <summary>The failures a caller can meet before the first byte, as problem details (RFC 9457) with a stable <c>code</c> and what to do.</summary>
internal static class ApiProblems
{
    public static ProblemHttpResult Invalid(string field, string message) =>
        Create(StatusCodes.Status400BadRequest, "invalid_request", "The request is not valid.", $"{field}: {message}", Errors(field, message));

    public static ProblemHttpResult NotJson(string where) =>
        Create(StatusCodes.Status400BadRequest, "invalid_json", "The body is not JSON.", where);

    public static ProblemHttpResult NotJsonContent() =>
        Create(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body has to be JSON.", "Send the header Content-Type: application/json.");

    public static ProblemHttpResult TooLarge(long limit) =>
        Create(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is too large.", $"At most {limit} bytes are taken; shorten the conversation.");

    public static ProblemHttpResult UnknownModel(IEnumerable<string> models) =>
        Create(StatusCodes.Status404NotFound, "model_not_found", "There is no such model.", "Ask for one of the models listed.", new() { ["models"] = models.ToArray() });

    public static ProblemHttpResult UnknownJob() =>
        Create(StatusCodes.Status404NotFound, "job_not_found", "There is no such chat.", "It never was, is another caller's, or was forgotten long ago.");

    public static ProblemHttpResult Expired() =>
        Create(StatusCodes.Status410Gone, "stream_expired", "The stream has expired.", "Streams can be read for a while after their end only; ask again.");

    public static ProblemHttpResult BadLastEventId() =>
        Create(StatusCodes.Status400BadRequest, "invalid_last_event_id", "Last-Event-ID is not one of this stream's.", "Send the last id you received, a whole number, or leave the header out.");

    public static ProblemHttpResult BadIdempotencyKey(int limit) =>
        Create(StatusCodes.Status400BadRequest, "invalid_idempotency_key", "Idempotency-Key is not valid.", $"Send 1 to {limit} printable ASCII characters.");

    public static ProblemHttpResult ReusedIdempotencyKey() =>
        Create(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", "This Idempotency-Key was used for another request.", "Use a new key for a new request.");

    public static ProblemHttpResult UnsupportedParameter(string field, string message) =>
        Create(StatusCodes.Status400BadRequest, "unsupported_parameter", "The request is not valid.", $"{field}: {message}", Errors(field, message));

    public static ProblemHttpResult TooManyRequests(int limit) =>
        Create(StatusCodes.Status429TooManyRequests, "rate_limit_exceeded", "Too many requests.", $"At most {limit} requests are taken in a minute; try again after the time in Retry-After.");

    public static ProblemHttpResult TooManyTokens(int limit) =>
        Create(StatusCodes.Status429TooManyRequests, "rate_limit_exceeded", "Too many tokens.", $"At most {limit} tokens are given in a minute; try again after the time in Retry-After, or ask for fewer with max_tokens.");

    public static ProblemHttpResult QueueFull() =>
        Create(StatusCodes.Status503ServiceUnavailable, "queue_full", "All places in the queue are taken.", "Try again after the time in Retry-After.");

    public static ProblemHttpResult CallerQueueFull() =>
        Create(StatusCodes.Status429TooManyRequests, "too_many_queued", "Your chats take all the places in the queue one caller may have.", "Try again after the time in Retry-After, or wait for a chat to end.");

    public static ProblemHttpResult NoWorker() =>
        Create(StatusCodes.Status503ServiceUnavailable, "no_worker", "No worker has started yet.", "Try again after the time in Retry-After.");

    public static ProblemHttpResult Unavailable() =>
        Create(StatusCodes.Status503ServiceUnavailable, "unavailable", "The service cannot reach its queue.", "Try again after the time in Retry-After.");

    public static ProblemHttpResult ShuttingDown() =>
        Create(StatusCodes.Status503ServiceUnavailable, "shutting_down", "This replica is shutting down.", "Try again; another replica will answer.");

    public static ProblemHttpResult Failed(int status, string code, string message) => Create(status, code, "The chat failed.", message);

    public static ProblemHttpResult Internal() =>
        Create(StatusCodes.Status500InternalServerError, "internal_error", "Something went wrong on our side.", "Try again; if it stays, report the requestId.");

    /// <summary>A failure that the server itself found: no route, a wrong method, a malformed request.</summary>
    public static ProblemHttpResult Status(int status) => status == StatusCodes.Status415UnsupportedMediaType
        ? NotJsonContent()
        : Create(status, CodeOf(status), ReasonOf(status), DetailOf(status));

    /// <summary>Says when a caller may try again.</summary>
    public static void RetryAfter(HttpContext context, TimeSpan time) =>
        context.Response.Headers.RetryAfter = Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static ProblemHttpResult Create(int status, string code, string title, string detail, Dictionary<string, object?>? extensions = null)
    {
        extensions ??= [];
        extensions["code"] = code;
        return TypedResults.Problem(new ProblemDetails { Status = status, Title = title, Detail = detail, Type = $"urn:agno:problem:{code}", Extensions = extensions });
    }

    private static Dictionary<string, object?> Errors(string field, string message) => new()
    {
        ["errors"] = new Dictionary<string, string[]> { [field] = [message] },
    };

    private static string DetailOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "Send a valid key in the header Authorization: Bearer or x-api-key.",
        StatusCodes.Status405MethodNotAllowed => "See /openapi/v1.json for the methods of this path.",
        _ => "See /openapi/v1.json.",
    };

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "unauthorized",
        StatusCodes.Status403Forbidden => "forbidden",
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status408RequestTimeout => "request_timeout",
        StatusCodes.Status413PayloadTooLarge => "body_too_large",
        >= 500 => "internal_error",
        _ => "bad_request",
    };

    private static string ReasonOf(int status) => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } reason ? reason : "Error";
}
