using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Worker.Inference;

/// <summary>When attempts that all failed are made again. Only attempts that have shown no text are: a text is never shown twice.</summary>
/// <param name="Retries">The most further rounds after the first; a round tries each of the model's endpoints once.</param>
internal sealed record RetryPolicy(int Retries)
{
    /// <summary>The wait before the first retry; each further one waits twice as long.</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest that a provider's wish to be left alone is waited for; one that asks for more has its failure passed on at once.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    /// <summary>Says how long to wait before the next round.</summary>
    /// <param name="failure">How an attempt of this round ended.</param>
    /// <param name="round">The number of rounds made, from 1.</param>
    /// <returns>The wait, or <see langword="null"/> if this failure is no reason for another round.</returns>
    public TimeSpan? Before(InferenceException failure, int round)
    {
        // A silent provider has used up the caller's patience already, and may still be working on the request.
        if (!failure.Transient || round > Retries || failure.Code == ErrorCode.ProviderTimeout)
        {
            return null;
        }

        // Half of the back-off is jitter, and it comes on top of what the provider asked for, so that jobs which failed together do not come back together.
        var backoff = FirstWait * Math.Pow(2, round - 1) * (0.5 + (Random.Shared.NextDouble() / 2));
        var asked = failure.RetryAfter ?? TimeSpan.Zero;
        return asked <= LongestWait ? asked + backoff : null;
    }
}
