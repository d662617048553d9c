using System.Runtime.CompilerServices;

namespace AgnoAspire.Worker.Inference;

/// <summary>
/// Tries a model's routes in turn until one starts to answer; when all have failed, waits and tries all again. Once text was sent, the answer is that
/// route's, unless it fails and the reader can continue it with another attempt.
/// </summary>
internal sealed class Failover(WeightedRouteSelector routes, InferenceTimeouts limits, RetryPolicy retries, TimeProvider timeProvider)
{
    /// <summary>Gets the names of the providers, for people.</summary>
    public string Providers => routes.Providers;

    /// <summary>
    /// Answers a completion: deltas, the last one with the finish reason. Calls <paramref name="onWaiting"/> with true before a wait between attempts, with
    /// false after it, and <paramref name="continuation"/> when an answer has failed after its first delta; what follows then is the next attempt's.
    /// </summary>
    /// <exception cref="InferenceException">No route gave a whole answer; before the first delta it is the failure of the route tried first.</exception>
    public async IAsyncEnumerable<CompletionDelta> StreamAsync(
        ChatCompletion completion, string? prefix, Action<bool>? onWaiting, IAnswerContinuation? continuation,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var total = new CancellationTokenSource(limits.Total, timeProvider);
        var failed = new List<ModelRoute>();
        var attempt = await StartAsync(completion, prefix, failed, onWaiting, total.Token, cancellationToken);
        try
        {
            while (true)
            {
                yield return attempt.Deltas.Current;
                var (hasNext, failure) = await MoveNextAsync(attempt, continuation, total.Token);
                if (failure is not null)
                {
                    await attempt.DisposeAsync();
                    failed.Add(attempt.Route);
                    attempt = await StartAsync(completion, continuation!.Prefix, failed, onWaiting, total.Token, cancellationToken);
                }
                else if (!hasNext)
                {
                    yield break;
                }
            }
        }
        finally
        {
            await attempt.DisposeAsync();
        }
    }

    // Moves on, or returns the failure after which the answer is continued.
    private static async ValueTask<(bool HasNext, InferenceException? Failure)> MoveNextAsync(
        Attempt attempt, IAnswerContinuation? continuation, CancellationToken total)
    {
        try
        {
            return (await attempt.Deltas.MoveNextAsync(), null);
        }
        catch (InferenceException failure) when (!failure.IsCallerError && continuation is not null && !total.IsCancellationRequested)
        {
            if (!continuation.TryContinueAfter(failure))
            {
                throw;
            }

            return (false, failure);
        }
    }

    // Routes that have failed in mid-answer come last, the latest of them at the end.
    private async Task<Attempt> StartAsync(
        ChatCompletion completion, string? prefix, List<ModelRoute> failed, Action<bool>? onWaiting, CancellationToken total,
        CancellationToken cancellationToken)
    {
        var failures = new List<InferenceException>();
        for (var round = 1; ; round++)
        {
            failures.Clear();
            foreach (var route in routes.Select().OrderBy(failed.LastIndexOf))
            {
#pragma warning disable CA2000 // The attempt disposes of it.
                var timeouts = new AttemptTimeouts(limits, timeProvider, total, cancellationToken);
#pragma warning restore CA2000
                completion.DroppedFields = null;
                var attempt = new Attempt(route, completion, prefix, timeouts, cancellationToken);
                try
                {
                    await route.Breaker.StartAsync(attempt, completion.Model, cancellationToken);
                    return attempt;
                }
                catch (Exception exception)
                {
                    await attempt.DisposeAsync();
                    // A refusal of a continuation is about what was added to the caller's request.
                    if (exception is not InferenceException failure || (failure.IsCallerError && failed.Count == 0) || total.IsCancellationRequested)
                    {
                        throw;
                    }

                    failures.Add(failure);
                }
            }

            if (!await WaitAsync(failures, round, onWaiting, total, cancellationToken))
            {
                throw failures[0];
            }
        }
    }

    // Waits for the shortest of the delays. False: no failure can be retried, or the total timeout has elapsed.
    private async Task<bool> WaitAsync(
        List<InferenceException> failures, int round, Action<bool>? onWaiting, CancellationToken total, CancellationToken cancellationToken)
    {
        if (failures.Min(failure => retries.Delay(failure, round)) is not { } delay)
        {
            return false;
        }

        onWaiting?.Invoke(true);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(total, cancellationToken);
        try
        {
            await Task.Delay(delay, timeProvider, either.Token);
            onWaiting?.Invoke(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>Decides whether an answer that failed after its first delta is continued by another attempt.</summary>
internal interface IAnswerContinuation
{
    /// <summary>Gets the text that the next attempt continues; null if it answers from the start.</summary>
    string? Prefix { get; }

    /// <summary>Prepares for the deltas of another attempt; false if the failure is final.</summary>
    bool TryContinueAfter(InferenceException failure);
}

/// <summary>One request to one endpoint, sent by <see cref="StartAsync"/>. Disposing it cancels the request.</summary>
internal sealed class Attempt(
    ModelRoute route, ChatCompletion completion, string? prefix, AttemptTimeouts timeouts, CancellationToken cancellationToken) : IAsyncDisposable
{
    public ModelRoute Route => route;

    /// <summary>Gets the answer, at its first delta after <see cref="StartAsync"/>.</summary>
    public IAsyncEnumerator<CompletionDelta> Deltas { get; } =
        route.Endpoint.StreamAsync(completion, prefix, timeouts, cancellationToken).GetAsyncEnumerator(cancellationToken);

    /// <summary>Sends the request and waits for the first delta; every answer has one.</summary>
    public async ValueTask StartAsync() => await Deltas.MoveNextAsync();

    public async ValueTask DisposeAsync()
    {
        await Deltas.DisposeAsync();
        timeouts.Dispose();
    }
}

/// <summary>When routes that all failed are tried again; a round tries each of them once.</summary>
internal sealed record RetryPolicy(int MaxRetries)
{
    private static readonly TimeSpan BaseDelay = TimeSpan.FromMilliseconds(500);

    // A provider that asks for more is not waited for.
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromSeconds(20);

    /// <summary>Returns the delay before the next round; null if the failure is no reason for one. Rounds count from 1.</summary>
    public TimeSpan? Delay(InferenceException failure, int round)
    {
        // A silent provider may still be working on the request, and the caller has waited long enough.
        if (!failure.Transient || round > MaxRetries || failure.Code == ErrorCode.ProviderTimeout)
        {
            return null;
        }

        // Half of the backoff is jitter, on top of what the provider asked for: jobs that failed together must not return together.
        var backoff = BaseDelay * Math.Pow(2, round - 1) * (0.5 + (Random.Shared.NextDouble() / 2));
        var retryAfter = failure.RetryAfter ?? TimeSpan.Zero;
        return retryAfter <= MaxRetryAfter ? retryAfter + backoff : null;
    }
}
