using AgnoAspire.ChatJobs;

namespace AgnoAspire.Worker.Providers;

/// <summary>When a failed attempt is made again. Only attempts that have shown no text are: a text is never shown twice.</summary>
/// <param name="Retries">The most further attempts after the first.</param>
internal sealed record RetryPolicy(int Retries)
{
    /// <summary>The wait before the first retry; each further one waits twice as long.</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest a slot is kept waiting; a provider that asks for more has its failure passed on at once.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    /// <summary>Says how long to wait before the next attempt.</summary>
    /// <param name="failure">How the attempt ended.</param>
    /// <param name="attempt">The number of attempts made, from 1.</param>
    /// <returns>The wait, or <see langword="null"/> if there is to be no further attempt.</returns>
    public TimeSpan? Before(InferenceException failure, int attempt)
    {
        // A silent provider has used up the caller's patience already, and may still be working on the request.
        if (!failure.Transient || attempt > Retries || failure.Code == ErrorCode.ProviderTimeout)
        {
            return null;
        }

        // Half of the wait is jitter, so that workers which failed together do not come back together.
        var backoff = FirstWait * Math.Pow(2, attempt - 1) * (0.5 + (Random.Shared.NextDouble() / 2));
        var wait = failure.RetryAfter > backoff ? failure.RetryAfter.Value : backoff;
        return wait <= LongestWait ? wait : null;
    }
}
