namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>The codes a failed stream can end with.</summary>
public static class ErrorCode
{
    /// <summary>The provider refused our credentials (401, 403).</summary>
    public const string ProviderAuthentication = "provider_authentication";

    /// <summary>The provider refused for too many requests or a spent quota (429).</summary>
    public const string ProviderRateLimited = "provider_rate_limited";

    /// <summary>The provider did not accept the request (any other 4xx).</summary>
    public const string ProviderRejected = "provider_rejected";

    /// <summary>The provider failed (5xx) or could not be reached.</summary>
    public const string ProviderUnavailable = "provider_unavailable";

    /// <summary>The provider sent an error in mid-stream.</summary>
    public const string ProviderError = "provider_error";

    /// <summary>The provider closed the stream without a finish reason.</summary>
    public const string ProviderClosed = "provider_closed";

    /// <summary>The provider sent something that is not a chat completion stream.</summary>
    public const string ProviderMalformed = "provider_malformed";

    /// <summary>The provider sent nothing for longer than the model's time limit.</summary>
    public const string ProviderTimeout = "provider_timeout";

    /// <summary>No worker serves the model any more.</summary>
    public const string ModelUnavailable = "model_unavailable";

    /// <summary>The worker died in mid-stream and the model's policy does not continue.</summary>
    public const string WorkerLost = "worker_lost";

    /// <summary>A replay did not begin with the text already sent.</summary>
    public const string ReplayDiverged = "replay_diverged";

    /// <summary>The job was tried as often as allowed.</summary>
    public const string AttemptsExhausted = "attempts_exhausted";

    /// <summary>The stream's data is gone from Redis.</summary>
    public const string StreamLost = "stream_lost";

    /// <summary>A fault of ours; the log has the details under the job's id.</summary>
    public const string Internal = "internal_error";
}
