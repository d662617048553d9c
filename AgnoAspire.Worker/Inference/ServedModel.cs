using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;

namespace AgnoAspire.Worker.Inference;

/// <summary>What happens to an answer whose worker was lost, or whose provider failed, in mid-stream.</summary>
internal enum ContinuationPolicy
{
    /// <summary>It ends with an error; the text already sent is kept.</summary>
    Fail,

    /// <summary>It is generated again, verified against the text already sent, and continued. For deterministic providers.</summary>
    Replay,

    /// <summary>The text already sent becomes the last assistant message. For providers that continue such a message.</summary>
    Prefix,
}

/// <summary>How often one worker continues an answer whose provider failed, and how many tokens it may have generated again for that.</summary>
internal sealed record ContinuationBudget(int MaxContinuations, int MaxRepeatedTokens);

/// <summary>A model of the catalog, ready to answer, with a limit on concurrent answers in this process.</summary>
internal sealed class ServedModel(
    string name, ContinuationPolicy continuation, int? maxConcurrency, TimeSpan totalTimeout, Failover failover, TimeProvider timeProvider) : IDisposable
{
    private readonly ConcurrencyLimiter? limiter = maxConcurrency is { } limit
        ? new ConcurrencyLimiter(
            new ConcurrencyLimiterOptions { PermitLimit = limit, QueueLimit = int.MaxValue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst })
        : null;

    /// <summary>Gets the public name, as callers send it.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the names of the providers, for logs and people.</summary>
    public string Provider => failover.Providers;

    /// <summary>Gets the longest time that an answer may take, which is also the longest wait for its start.</summary>
    public TimeSpan LongestAnswer => totalTimeout;

    public ContinuationPolicy Continuation { get; } = continuation;

    public ContinuationBudget Budget { get; init; } = new(0, 0);

    /// <summary>Gets a value indicating whether callers get the model's reasoning.</summary>
    public bool ShowsReasoning { get; init; } = true;

    /// <summary>
    /// Answers a completion, or continues <paramref name="prefix"/>: deltas, the last one with the finish reason. Calls <paramref name="onWaiting"/>
    /// with true when it begins to wait for something other than the provider, and with false when it goes on. After a failure in mid-answer
    /// <paramref name="continuation"/> decides.
    /// </summary>
    /// <exception cref="InferenceException">The provider did not give a whole answer.</exception>
    public async IAsyncEnumerable<CompletionDelta> StreamAsync(
        ChatCompletion completion, string? prefix, Action<bool>? onWaiting, IAnswerContinuation? continuation,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var permit = await AcquireAsync(onWaiting, cancellationToken);
        await foreach (var delta in failover.StreamAsync(completion, prefix, onWaiting, continuation, cancellationToken))
        {
            yield return delta;
        }
    }

    public void Dispose() => limiter?.Dispose();

    private async ValueTask<RateLimitLease?> AcquireAsync(Action<bool>? onWaiting, CancellationToken cancellationToken)
    {
        var permit = limiter?.AttemptAcquire();
        if (limiter is null || permit!.IsAcquired)
        {
            return permit;
        }

        onWaiting?.Invoke(true);
        using var timeout = new CancellationTokenSource(totalTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            permit = await limiter.AcquireAsync(1, either.Token);
            onWaiting?.Invoke(false);
            return permit;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new InferenceException(
                ErrorCode.ProviderTimeout, $"Model '{Name}' is busy: no slot became free within {totalTimeout.TotalSeconds:0.###} seconds. Try again later.");
        }
    }
}
