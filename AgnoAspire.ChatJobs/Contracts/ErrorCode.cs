namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>The codes a failed stream can end with.</summary>
public static class ErrorCode
{
    /// <summary>The provider rejected the credentials (401, 403).</summary>
    public const string ProviderAuthentication = "provider_authentication";

    /// <summary>The provider rejected the request for rate or quota (429).</summary>
    public const string ProviderRateLimited = "provider_rate_limited";

    /// <summary>The provider rejected the request (any other 4xx).</summary>
    public const string ProviderRejected = "provider_rejected";

    /// <summary>The provider failed (5xx) or could not be reached.</summary>
    public const string ProviderUnavailable = "provider_unavailable";

    /// <summary>The provider sent an error in the middle of the stream.</summary>
    public const string ProviderError = "provider_error";

    /// <summary>The provider closed the stream without a finish reason.</summary>
    public const string ProviderClosed = "provider_closed";

    /// <summary>The provider sent something other than a chat completion stream.</summary>
    public const string ProviderMalformed = "provider_malformed";

    /// <summary>The provider exceeded a time limit of the model.</summary>
    public const string ProviderTimeout = "provider_timeout";

    /// <summary>No worker serves the model any more.</summary>
    public const string ModelUnavailable = "model_unavailable";

    /// <summary>The worker was lost in the middle of the stream, and the model's policy does not continue.</summary>
    public const string WorkerLost = "worker_lost";

    /// <summary>A regenerated answer did not begin with the text already sent.</summary>
    public const string ReplayDiverged = "replay_diverged";

    /// <summary>The job has had the maximum number of attempts.</summary>
    public const string AttemptsExhausted = "attempts_exhausted";

    /// <summary>Redis lost the stream's data.</summary>
    public const string StreamLost = "stream_lost";

    /// <summary>An internal error; the log has the details under the job's id.</summary>
    public const string Internal = "internal_error";
}
