using System.Runtime.CompilerServices;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.Worker.Providers;

/// <summary>A model of the catalogue, ready to answer.</summary>
internal sealed class ServedModel
{
    private readonly ModelEndpoint endpoint;
    private readonly TimeLimits limits;
    private readonly RetryPolicy retries;
    private readonly TimeProvider timeProvider;

    /// <summary>Initializes a new instance of the <see cref="ServedModel"/> class.</summary>
    /// <param name="name">The public name.</param>
    /// <param name="endpoint">What answers.</param>
    /// <param name="continuation">What becomes of an answer whose worker died.</param>
    /// <param name="limits">The time limits.</param>
    /// <param name="retries">When a failed attempt is made again.</param>
    /// <param name="timeProvider">The clock.</param>
    public ServedModel(
        string name, ModelEndpoint endpoint, ContinuationPolicy continuation, TimeLimits limits, RetryPolicy retries, TimeProvider timeProvider)
    {
        Name = name;
        Continuation = continuation;
        this.endpoint = endpoint;
        this.limits = limits;
        this.retries = retries;
        this.timeProvider = timeProvider;
    }

    /// <summary>Gets the public name, as callers ask for it.</summary>
    public string Name { get; }

    /// <summary>Gets the provider's label, for logs and the job's record.</summary>
    public string Provider => endpoint.Provider;

    /// <summary>Gets what becomes of an answer whose worker died in mid-stream.</summary>
    public ContinuationPolicy Continuation { get; }

    /// <summary>Answers a chat completion.</summary>
    /// <param name="completion">What to answer.</param>
    /// <param name="prefix">The text already shown, which the answer is to continue after; <see langword="null"/> for a new answer.</param>
    /// <param name="cancellationToken">Stops it, at the provider too.</param>
    /// <returns>Texts, and at the end exactly one piece with the finish reason.</returns>
    /// <exception cref="InferenceException">The provider did not give a whole answer; failures before the first text were retried where that may help.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired.</exception>
    public async IAsyncEnumerable<Piece> StreamAsync(
        ChatCompletion completion, string? prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var total = new CancellationTokenSource(limits.Total, timeProvider);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(total.Token, cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            using var watchdog = new Watchdog(limits, timeProvider, total.Token, cancellationToken);
            await using var pieces = endpoint.AttemptAsync(completion, prefix, watchdog, cancellationToken).GetAsyncEnumerator(cancellationToken);
            if (!await StartAsync(pieces, attempt, patience.Token, cancellationToken))
            {
                continue;
            }

            do
            {
                yield return pieces.Current;
            }
            while (await pieces.MoveNextAsync());

            yield break;
        }
    }

    /// <summary>Waits for an attempt's first piece. False: it failed, the time to wait has passed, try again.</summary>
    private async ValueTask<bool> StartAsync(IAsyncEnumerator<Piece> pieces, int attempt, CancellationToken patience, CancellationToken cancellationToken)
    {
        try
        {
            return await pieces.MoveNextAsync();
        }
        catch (InferenceException failure) when (retries.Before(failure, attempt) is { } wait)
        {
            try
            {
                await Task.Delay(wait, timeProvider, patience);
                return false;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // No time is left for another attempt, so the failure it was for stands.
                throw failure;
            }
        }
    }
}
