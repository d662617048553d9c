namespace AgnoAspire.Worker.Inference;

/// <summary>The longest silence before the first token and after it, and the longest time for an answer, retries included.</summary>
internal sealed record InferenceTimeouts(TimeSpan FirstToken, TimeSpan Idle, TimeSpan Total);

/// <summary>The timeouts of one attempt: cancels <see cref="Token"/> when the provider is silent for too long, and knows why.</summary>
internal sealed class AttemptTimeouts : IDisposable
{
    // After the finish reason only usage can follow, which is not worth a long wait.
    private static readonly TimeSpan MaxWaitForUsage = TimeSpan.FromSeconds(5);

    private readonly InferenceTimeouts limits;
    private readonly CancellationTokenSource silence;
    private readonly CancellationTokenSource any;
    private readonly CancellationToken total;
    private readonly CancellationToken caller;
    private TimeSpan limit;
    private bool isRunning = true;
    private bool hasComments;

    /// <summary>Starts the first timeout. The total one is shared by all attempts.</summary>
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

    /// <summary>Restarts the current timeout: from now on the provider is waited for.</summary>
    public void Start()
    {
        (isRunning, hasComments) = (true, false);
        silence.CancelAfter(limit);
    }

    /// <summary>Stops the current timeout: time spent by the reader is not the provider's.</summary>
    public void Pause()
    {
        if (isRunning)
        {
            isRunning = false;
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Notes a comment of the provider, which shows that it is alive; as progress it restarts the timeout.</summary>
    public void OnComment(bool isProgress)
    {
        hasComments = true;
        if (isProgress && isRunning)
        {
            silence.CancelAfter(limit);
        }
    }

    public void OnFirstToken() => limit = limits.Idle;

    public void OnFinishReason() => limit = limits.Idle < MaxWaitForUsage ? limits.Idle : MaxWaitForUsage;

    /// <summary>Returns the failure that a cancellation of <see cref="Token"/> means; null if the caller cancelled or no timeout has elapsed.</summary>
    public InferenceException? ToFailure(string model) =>
        (caller.IsCancellationRequested, total.IsCancellationRequested, silence.IsCancellationRequested) switch
        {
            (true, _, _) => null,
            (_, true, _) => Failure($"The answer of model '{model}' took longer than {Seconds(limits.Total)}."),
            (_, _, true) => Failure($"The provider of model '{model}' sent nothing{(hasComments ? " but comments" : "")} for {Seconds(limit)}."),
            _ => null,
        };

    public void Abort() => any.Cancel();

    public void Dispose()
    {
        any.Dispose();
        silence.Dispose();
    }

    private static string Seconds(TimeSpan limit) => FormattableString.Invariant($"{limit.TotalSeconds:0.###} seconds");

    private static InferenceException Failure(string message) => new(ErrorCode.ProviderTimeout, message) { Transient = true };
}
