using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Worker.Inference;

/// <summary>Watches one attempt: cancels <see cref="Token"/> when the provider is silent for too long, and knows why it was cancelled.</summary>
internal sealed class AttemptTimeouts : IDisposable
{
    /// <summary>After the finish reason only usage can come, and nobody should wait long for that.</summary>
    private static readonly TimeSpan TailLimit = TimeSpan.FromSeconds(5);

    private readonly InferenceTimeouts limits;
    private readonly CancellationTokenSource silence;
    private readonly CancellationTokenSource any;
    private readonly CancellationToken total;
    private readonly CancellationToken caller;
    private TimeSpan limit;
    private bool running = true;

    /// <summary>Initializes a new instance of the <see cref="AttemptTimeouts"/> class and starts the first limit.</summary>
    /// <param name="limits">The time limits.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="total">Fires when the whole answer has taken too long.</param>
    /// <param name="caller">The caller's token.</param>
    public AttemptTimeouts(InferenceTimeouts limits, TimeProvider timeProvider, CancellationToken total, CancellationToken caller)
    {
        this.limits = limits;
        this.total = total;
        this.caller = caller;
        limit = limits.FirstToken;
        silence = new CancellationTokenSource(limit, timeProvider);
        any = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, total, caller);
    }

    /// <summary>Gets the token for everything the attempt does.</summary>
    public CancellationToken Token => any.Token;

    /// <summary>Starts the current limit anew: from now on we wait for the provider.</summary>
    public void Start()
    {
        running = true;
        silence.CancelAfter(limit);
    }

    /// <summary>Stops the current limit, if it runs: whatever takes time now is not the provider.</summary>
    public void Pause()
    {
        if (running)
        {
            running = false;
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Tells that the first text came: from now on the idle limit holds.</summary>
    public void OnFirstToken() => limit = limits.Idle;

    /// <summary>Tells that the finish reason came: what may follow is worth a short wait only.</summary>
    public void OnFinishReason() => limit = limits.Idle < TailLimit ? limits.Idle : TailLimit;

    /// <summary>Says what a cancellation of <see cref="Token"/> means.</summary>
    /// <param name="model">The model's public name.</param>
    /// <returns>The failure, or <see langword="null"/> if it was the caller's wish or none of the limits.</returns>
    public InferenceException? ToFailure(string model) => (caller.IsCancellationRequested, total.IsCancellationRequested, silence.IsCancellationRequested) switch
    {
        (true, _, _) => null,
        (_, true, _) => Failure($"The answer of model '{model}' took longer than {Seconds(limits.Total)}."),
        (_, _, true) => Failure($"The provider of model '{model}' sent nothing for {Seconds(limit)}."),
        _ => null,
    };

    /// <summary>Aborts what is under way.</summary>
    public void Abort() => any.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        any.Dispose();
        silence.Dispose();
    }

    private static string Seconds(TimeSpan limit) => FormattableString.Invariant($"{limit.TotalSeconds:0.###} seconds");

    private static InferenceException Failure(string message) => new(ErrorCode.ProviderTimeout, message) { Transient = true };
}
