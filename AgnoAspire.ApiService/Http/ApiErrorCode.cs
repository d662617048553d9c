namespace AgnoAspire.ApiService.Http;

/// <summary>The error codes of HTTP responses; a failed chat has one of <see cref="ErrorCode"/>.</summary>
internal static class ApiErrorCode
{
    public const string InvalidRequest = "invalid_request";
    public const string InvalidJson = "invalid_json";
    public const string InvalidLastEventId = "invalid_last_event_id";
    public const string InvalidIdempotencyKey = "invalid_idempotency_key";
    public const string UnsupportedParameter = "unsupported_parameter";
    public const string BadRequest = "bad_request";
    public const string AmbiguousCredentials = "ambiguous_credentials";
    public const string Unauthorized = "unauthorized";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not_found";
    public const string ModelNotFound = "model_not_found";
    public const string JobNotFound = "job_not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string RequestTimeout = "request_timeout";
    public const string StreamExpired = "stream_expired";
    public const string BodyTooLarge = "body_too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string IdempotencyKeyReused = "idempotency_key_reused";
    public const string RateLimitExceeded = "rate_limit_exceeded";
    public const string TooManyQueued = "too_many_queued";
    public const string TooManyViewers = "too_many_viewers";
    public const string ViewersFull = "viewers_full";

    /// <summary>This replica has as many connections as it can serve.</summary>
    public const string ConnectionsFull = "connections_full";
    public const string QueueFull = "queue_full";
    public const string Overloaded = "overloaded";
    public const string NoWorker = "no_worker";
    public const string Unavailable = "unavailable";
    public const string ShuttingDown = "shutting_down";

    // OpenAI's names, on the OpenAI API only.
    public const string InvalidValue = "invalid_value";
    public const string InvalidApiKey = "invalid_api_key";
    public const string Cancelled = FinishReason.Cancelled;
}
