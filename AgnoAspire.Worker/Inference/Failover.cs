using System.Runtime.CompilerServices;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Worker.Inference;

/// <summary>
/// Finds a route that begins to answer: each in turn, at once; when all have failed, a wait, and again. Up to the first piece only: once a text was shown,
/// the answer is that route's alone.
/// </summary>
/// <param name="routes">The model's routes.</param>
/// <param name="limits">The time limits.</param>
/// <param name="retries">When to try all routes again.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class Failover(WeightedRouteSelector routes, InferenceTimeouts limits, RetryPolicy retries, TimeProvider timeProvider)
{
    /// <summary>Gets the names of the providers, for people.</summary>
    public string Providers => routes.Providers;

    /// <summary>Answers a chat completion.</summary>
    /// <param name="completion">What to answer.</param>
    /// <param name="prefix">The text to continue after, or <see langword="null"/>.</param>
    /// <param name="waits">Called before a wait between attempts.</param>
    /// <param name="cancellationToken">Stops it, at the provider too.</param>
    /// <returns>Texts, and at the end exactly one piece with the finish reason.</returns>
    /// <exception cref="InferenceException">No route gave a whole answer; before the first text it is the failure of the route that was tried first.</exception>
    public async IAsyncEnumerable<CompletionDelta> StreamAsync(
        ChatCompletion completion, string? prefix, Action? waits, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var total = new CancellationTokenSource(limits.Total, timeProvider);
        await using var attempt = await BeginAsync(completion, prefix, waits, total.Token, cancellationToken);
        do
        {
            yield return attempt.Pieces.Current;
        }
        while (await attempt.Pieces.MoveNextAsync());
    }

    private async Task<Attempt> BeginAsync(
        ChatCompletion completion, string? prefix, Action? waits, CancellationToken total, CancellationToken cancellationToken)
    {
        var failures = new List<InferenceException>();
        for (var round = 1; ; round++)
        {
            failures.Clear();
            foreach (var route in routes.Select())
            {
#pragma warning disable CA2000 // The attempt disposes of it.
                var watchdog = new AttemptTimeouts(limits, timeProvider, total, cancellationToken);
#pragma warning restore CA2000
                var attempt = new Attempt(route.Endpoint, completion, prefix, watchdog, cancellationToken);
                try
                {
                    await route.Breaker.BeginAsync(attempt, completion.Model, cancellationToken);
                    return attempt;
                }
                catch (Exception exception)
                {
                    await attempt.DisposeAsync();
                    if (exception is not InferenceException { IsCallerError: false } failure || total.IsCancellationRequested)
                    {
                        throw;
                    }

                    failures.Add(failure);
                }
            }

            if (!await WaitAsync(failures, round, waits, total, cancellationToken))
            {
                throw failures[0];
            }
        }
    }

    /// <summary>Waits as long as the most hopeful of the failures asks. False: there is no hope, or no time.</summary>
    private async Task<bool> WaitAsync(
        List<InferenceException> failures, int round, Action? waits, CancellationToken total, CancellationToken cancellationToken)
    {
        if (failures.Min(failure => retries.Before(failure, round)) is not { } wait)
        {
            return false;
        }

        waits?.Invoke();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(total, cancellationToken);
        try
        {
            await Task.Delay(wait, timeProvider, patience.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
