using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace AgnoAspire.ApiService.Http;

/// <summary>Failures before the first byte of a stream, as problem details (RFC 9457) with a stable <c>code</c> and what to do about it.</summary>
internal static class ApiProblems
{
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    private const string RetryLater = "Try again after the time in Retry-After";

    public static ProblemHttpResult Invalid(string field, string message) => InvalidField(ApiErrorCode.InvalidRequest, field, message);

    public static ProblemHttpResult UnsupportedParameter(string field, string message) => InvalidField(ApiErrorCode.UnsupportedParameter, field, message);

    public static ProblemHttpResult NotJson(string detail) => Create(Status400BadRequest, ApiErrorCode.InvalidJson, "The body is not valid JSON.", detail);

    public static ProblemHttpResult AmbiguousCredentials() => Create(
        Status400BadRequest, ApiErrorCode.AmbiguousCredentials, "Credentials of several callers.", "Send one API key or token, in one header.");

    public static ProblemHttpResult NotJsonContent() =>
        Create(Status415UnsupportedMediaType, ApiErrorCode.UnsupportedMediaType, "The body must be JSON.", "Send the header Content-Type: application/json.");

    public static ProblemHttpResult UnsupportedEncoding() => Create(
        Status415UnsupportedMediaType, ApiErrorCode.UnsupportedMediaType, "Unknown Content-Encoding.",
        "Send the body as it is, or encoded as Accept-Encoding says.");

    public static ProblemHttpResult TooManyLargeBodies() =>
        Create(Status503ServiceUnavailable, ApiErrorCode.Overloaded, "Too many large requests at once.", $"{RetryLater}.");

    public static ProblemHttpResult TooLarge(long limit) =>
        Create(Status413PayloadTooLarge, ApiErrorCode.BodyTooLarge, "The body is too large.", $"At most {limit} bytes are allowed.");

    public static ProblemHttpResult UnknownModel(IEnumerable<string> models) =>
        Create(Status404NotFound, ApiErrorCode.ModelNotFound, "Unknown model.", "Use one of the listed models.", new() { ["models"] = models.ToArray() });

    public static ProblemHttpResult UnknownJob() =>
        Create(Status404NotFound, ApiErrorCode.JobNotFound, "Unknown chat.", "It does not exist, belongs to another caller, or expired long ago.");

    public static ProblemHttpResult Expired() =>
        Create(Status410Gone, ApiErrorCode.StreamExpired, "The stream has expired.", "A finished stream is readable for a limited time only.");

    public static ProblemHttpResult BadLastEventId() => Create(
        Status400BadRequest, ApiErrorCode.InvalidLastEventId, "Last-Event-ID is not an event of this stream.", "Send the id of the last event received.");

    public static ProblemHttpResult BadIdempotencyKey(int limit) => Create(
        Status400BadRequest, ApiErrorCode.InvalidIdempotencyKey, "Invalid Idempotency-Key.", $"Send 1 to {limit} printable ASCII characters, no spaces.");

    public static ProblemHttpResult ReusedIdempotencyKey() =>
        Create(Status422UnprocessableEntity, ApiErrorCode.IdempotencyKeyReused, "Idempotency-Key was used for another request.", "Use a new key.");

    public static ProblemHttpResult TooManyRequests(int limit) =>
        Create(Status429TooManyRequests, ApiErrorCode.RateLimitExceeded, "Too many requests.", $"At most {limit} per minute are allowed. {RetryLater}.");

    public static ProblemHttpResult TooManyTokens(int limit) => Create(
        Status429TooManyRequests, ApiErrorCode.RateLimitExceeded, "Too many tokens.", $"At most {limit} per minute are allowed. {RetryLater}, or lower max_tokens.");

    public static ProblemHttpResult QueueFull() => Create(Status503ServiceUnavailable, ApiErrorCode.QueueFull, "The queue is full.", $"{RetryLater}.");

    public static ProblemHttpResult CallerQueueFull() =>
        Create(Status429TooManyRequests, ApiErrorCode.TooManyQueued, "You have reached the maximum number of queued chats.", $"{RetryLater}.");

    public static ProblemHttpResult ViewersFull() => Create(
        Status503ServiceUnavailable, ApiErrorCode.ViewersFull, "This replica has as many open streams as it can serve.", $"{RetryLater}.");

    public static ProblemHttpResult ConnectionsFull() => Create(
        Status503ServiceUnavailable, ApiErrorCode.ConnectionsFull, "This replica has as many connections as it can serve.", $"{RetryLater}.");

    public static ProblemHttpResult TooManyViewers(string detail) =>
        Create(Status429TooManyRequests, ApiErrorCode.TooManyViewers, "Too many open streams.", $"{detail}, or try again after the time in Retry-After.");

    public static ProblemHttpResult NoWorker() => Create(Status503ServiceUnavailable, ApiErrorCode.NoWorker, "No worker is running.", $"{RetryLater}.");

    public static ProblemHttpResult Unavailable() =>
        Create(Status503ServiceUnavailable, ApiErrorCode.Unavailable, "The service cannot reach its queue.", $"{RetryLater}.");

    public static ProblemHttpResult ShuttingDown(HttpContext context)
    {
        RetryAfter(context, TimeSpan.FromSeconds(1));
        return Create(Status503ServiceUnavailable, ApiErrorCode.ShuttingDown, "This replica is shutting down.", "Try again; another replica will respond.");
    }

    /// <summary>A new chat that failed, for a response of its own: with when to send it again, if that may help.</summary>
    public static ProblemHttpResult Failed(HttpContext context, ChatError error)
    {
        var problem = Failed(error);
        if (problem.StatusCode is Status429TooManyRequests or Status503ServiceUnavailable)
        {
            var wished = error.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(Math.Min(seconds, MaxRetryAfter.TotalSeconds)) : DefaultRetryAfter;
            RetryAfter(context, wished);
        }

        return problem;
    }

    /// <summary>A chat that failed, for a response that is not streamed.</summary>
    public static ProblemHttpResult Failed(ChatError error) => Create(StatusOf(error.Code), error.Code, "The chat failed.", error.Message);

    public static ProblemHttpResult Internal() =>
        Create(Status500InternalServerError, ErrorCode.Internal, "Internal error.", "Try again; if the error persists, report the requestId.");

    /// <summary>A failure that the server detected itself: unknown path, wrong method, malformed request.</summary>
    public static ProblemHttpResult Status(int status) => status == Status415UnsupportedMediaType
        ? NotJsonContent()
        : Create(status, CodeOf(status), ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } reason ? $"{reason}." : "Error.", DetailOf(status));

    /// <summary>Sets the <c>Retry-After</c> header, in whole seconds.</summary>
    public static void RetryAfter(HttpContext context, TimeSpan time) =>
        context.Response.Headers.RetryAfter = Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static ProblemHttpResult InvalidField(string code, string field, string message)
    {
        var errors = new Dictionary<string, string[]> { [field] = [message] };
        return Create(Status400BadRequest, code, "The request is not valid.", $"{field}: {message}", new() { ["errors"] = errors });
    }

    private static ProblemHttpResult Create(int status, string code, string title, string detail, Dictionary<string, object?>? extensions = null)
    {
        extensions ??= [];
        extensions["code"] = code;
        var problem = new ProblemDetails { Status = status, Title = title, Detail = detail, Type = $"urn:agno:problem:{code}", Extensions = extensions };
        return TypedResults.Problem(problem);
    }

    private static string DetailOf(int status) => status switch
    {
        Status401Unauthorized => "Send a valid key in the header Authorization: Bearer, x-api-key or api-key.",
        Status404NotFound => "There are POST /api/v1/chat, POST /v1/chat/completions and GET /v1/models; /openapi/v1.json has all paths.",
        Status405MethodNotAllowed => "See /openapi/v1.json for the methods of this path.",
        _ => "See /openapi/v1.json.",
    };

    private static string CodeOf(int status) => status switch
    {
        Status401Unauthorized => ApiErrorCode.Unauthorized,
        Status403Forbidden => ApiErrorCode.Forbidden,
        Status404NotFound => ApiErrorCode.NotFound,
        Status405MethodNotAllowed => ApiErrorCode.MethodNotAllowed,
        Status408RequestTimeout => ApiErrorCode.RequestTimeout,
        Status413PayloadTooLarge => ApiErrorCode.BodyTooLarge,
        >= 500 => ErrorCode.Internal,
        _ => ApiErrorCode.BadRequest,
    };

    private static int StatusOf(string errorCode) => errorCode switch
    {
        ErrorCode.ProviderAuthentication => Status401Unauthorized,
        ErrorCode.ProviderRejected => Status400BadRequest,
        ErrorCode.ProviderRateLimited => Status429TooManyRequests,
        ErrorCode.ProviderTimeout => Status504GatewayTimeout,
        ErrorCode.ProviderUnavailable or ErrorCode.ModelUnavailable or ErrorCode.AttemptsExhausted
            or ErrorCode.WorkerLost or ErrorCode.StreamLost => Status503ServiceUnavailable,
        ErrorCode.Internal => Status500InternalServerError,
        _ => Status502BadGateway,
    };
}
