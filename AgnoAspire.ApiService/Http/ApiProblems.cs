using System.Globalization;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace AgnoAspire.ApiService.Http;

/// <summary>Failures before the first byte of a stream, as problem details (RFC 9457) with a stable <c>code</c> and what to do about it.</summary>
internal static class ApiProblems
{
    private const string RetryLater = "Try again after the time in Retry-After";

    public static ProblemHttpResult Invalid(string field, string message) => InvalidField(ApiErrorCode.InvalidRequest, field, message);

    public static ProblemHttpResult UnsupportedParameter(string field, string message) => InvalidField(ApiErrorCode.UnsupportedParameter, field, message);

    public static ProblemHttpResult NotJson(string detail) =>
        Create(StatusCodes.Status400BadRequest, ApiErrorCode.InvalidJson, "The body is not valid JSON.", detail);

    public static ProblemHttpResult NotJsonContent() => Create(
        StatusCodes.Status415UnsupportedMediaType, ApiErrorCode.UnsupportedMediaType, "The body must be JSON.", "Send the header Content-Type: application/json.");

    public static ProblemHttpResult TooLarge(long limit) => Create(
        StatusCodes.Status413PayloadTooLarge, ApiErrorCode.BodyTooLarge, "The body is too large.", $"At most {limit} bytes are allowed; shorten the conversation.");

    public static ProblemHttpResult UnknownModel(IEnumerable<string> models) => Create(
        StatusCodes.Status404NotFound, ApiErrorCode.ModelNotFound, "Unknown model.", "Use one of the listed models.", new() { ["models"] = models.ToArray() });

    public static ProblemHttpResult UnknownJob() => Create(
        StatusCodes.Status404NotFound, ApiErrorCode.JobNotFound, "Unknown chat.", "It does not exist, belongs to another caller, or expired long ago.");

    public static ProblemHttpResult Expired() => Create(
        StatusCodes.Status410Gone, ApiErrorCode.StreamExpired, "The stream has expired.", "A finished stream stays readable for a limited time; send the request again.");

    public static ProblemHttpResult BadLastEventId() => Create(
        StatusCodes.Status400BadRequest,
        ApiErrorCode.InvalidLastEventId,
        "Last-Event-ID is not an event of this stream.",
        "Send the id of the last event received, a whole number, or omit the header.");

    public static ProblemHttpResult BadIdempotencyKey(int limit) => Create(
        StatusCodes.Status400BadRequest,
        ApiErrorCode.InvalidIdempotencyKey,
        "Idempotency-Key is not valid.",
        $"Send 1 to {limit} printable ASCII characters without spaces.");

    public static ProblemHttpResult ReusedIdempotencyKey() => Create(
        StatusCodes.Status422UnprocessableEntity,
        ApiErrorCode.IdempotencyKeyReused,
        "This Idempotency-Key was used for another request.",
        "Use a new key for a new request.");

    public static ProblemHttpResult TooManyRequests(int limit) => Create(
        StatusCodes.Status429TooManyRequests, ApiErrorCode.RateLimitExceeded, "Too many requests.", $"At most {limit} requests per minute are allowed. {RetryLater}.");

    public static ProblemHttpResult TooManyTokens(int limit) => Create(
        StatusCodes.Status429TooManyRequests,
        ApiErrorCode.RateLimitExceeded,
        "Too many tokens.",
        $"At most {limit} tokens per minute are allowed. {RetryLater}, or lower max_tokens.");

    public static ProblemHttpResult QueueFull() =>
        Create(StatusCodes.Status503ServiceUnavailable, ApiErrorCode.QueueFull, "The queue is full.", $"{RetryLater}.");

    public static ProblemHttpResult CallerQueueFull() => Create(
        StatusCodes.Status429TooManyRequests,
        ApiErrorCode.TooManyQueued,
        "You have reached the maximum number of queued chats.",
        $"{RetryLater}, or when one of your chats has started.");

    public static ProblemHttpResult NoWorker() =>
        Create(StatusCodes.Status503ServiceUnavailable, ApiErrorCode.NoWorker, "No worker is running.", $"{RetryLater}.");

    public static ProblemHttpResult Unavailable() =>
        Create(StatusCodes.Status503ServiceUnavailable, ApiErrorCode.Unavailable, "The service cannot reach its queue.", $"{RetryLater}.");

    public static ProblemHttpResult ShuttingDown(HttpContext context)
    {
        RetryAfter(context, TimeSpan.FromSeconds(1));
        return Create(StatusCodes.Status503ServiceUnavailable, ApiErrorCode.ShuttingDown, "This replica is shutting down.", "Try again; another replica will respond.");
    }

    /// <summary>A chat that failed, for a response that is not streamed.</summary>
    public static ProblemHttpResult Failed(ChatError error) => Create(StatusOf(error.Code), error.Code, "The chat failed.", error.Message);

    public static ProblemHttpResult Internal() => Create(
        StatusCodes.Status500InternalServerError, ErrorCode.Internal, "Internal error.", "Try again; if the error persists, report the requestId.");

    /// <summary>A failure that the server detected itself: unknown path, wrong method, malformed request.</summary>
    public static ProblemHttpResult Status(int status) => status == StatusCodes.Status415UnsupportedMediaType
        ? NotJsonContent()
        : Create(status, CodeOf(status), ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } reason ? $"{reason}." : "Error.", DetailOf(status));

    /// <summary>Sets the <c>Retry-After</c> header, in whole seconds.</summary>
    public static void RetryAfter(HttpContext context, TimeSpan time) =>
        context.Response.Headers.RetryAfter = Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static ProblemHttpResult InvalidField(string code, string field, string message) => Create(
        StatusCodes.Status400BadRequest,
        code,
        "The request is not valid.",
        $"{field}: {message}",
        new() { ["errors"] = new Dictionary<string, string[]> { [field] = [message] } });

    private static ProblemHttpResult Create(int status, string code, string title, string detail, Dictionary<string, object?>? extensions = null)
    {
        extensions ??= [];
        extensions["code"] = code;
        return TypedResults.Problem(new ProblemDetails { Status = status, Title = title, Detail = detail, Type = $"urn:agno:problem:{code}", Extensions = extensions });
    }

    private static string DetailOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "Send a valid key in the header Authorization: Bearer or x-api-key.",
        StatusCodes.Status405MethodNotAllowed => "See /openapi/v1.json for the methods of this path.",
        _ => "See /openapi/v1.json.",
    };

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => ApiErrorCode.Unauthorized,
        StatusCodes.Status403Forbidden => ApiErrorCode.Forbidden,
        StatusCodes.Status404NotFound => ApiErrorCode.NotFound,
        StatusCodes.Status405MethodNotAllowed => ApiErrorCode.MethodNotAllowed,
        StatusCodes.Status408RequestTimeout => ApiErrorCode.RequestTimeout,
        StatusCodes.Status413PayloadTooLarge => ApiErrorCode.BodyTooLarge,
        >= 500 => ErrorCode.Internal,
        _ => ApiErrorCode.BadRequest,
    };

    private static int StatusOf(string errorCode) => errorCode switch
    {
        ErrorCode.ProviderTimeout => StatusCodes.Status504GatewayTimeout,
        ErrorCode.ProviderRateLimited or ErrorCode.ProviderUnavailable or ErrorCode.ModelUnavailable or ErrorCode.AttemptsExhausted
            or ErrorCode.WorkerLost or ErrorCode.StreamLost => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.Internal => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status502BadGateway,
    };
}
