namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>One stream of the chaos run: its request, the expected answer, and what was done to it on purpose.</summary>
internal sealed class StreamScenario(GeneratedAnswer answer, string model, string key)
{
    public const string ReplayModel = "replayed";
    public const string FailModel = "failing";

    private readonly Lazy<string> text = new(answer.Text);
    private readonly TaskCompletionSource<string> jobId = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long cancelledAt;
    private int abortSeen;
    private string? ending;

    public GeneratedAnswer Answer => answer;

    public string Model => model;

    /// <summary>Gets the Idempotency-Key, under which a POST can be repeated anywhere.</summary>
    public string Key => key;

    /// <summary>Gets the expected text.</summary>
    public string Text => text.Value;

    public ChaosViewer[] Viewers { get; set; } = [];

    /// <summary>Gets the job's id, once a replica has sent it.</summary>
    public Task<string> JobId => jobId.Task;

    /// <summary>Gets or sets a value indicating whether a provider fault was injected into this answer.</summary>
    public bool HasProviderFault { get; set; }

    public bool IsCancelled => Volatile.Read(ref cancelledAt) != 0;

    public void Admitted(string id) => jobId.TrySetResult(id);

    public void Abandon() => jobId.TrySetCanceled();

    public void Cancelled() => Volatile.Write(ref cancelledAt, Stopwatch.GetTimestamp());

    /// <summary>The time from the cancel until the provider saw the worker hang up, the first time.</summary>
    public TimeSpan? Aborted() =>
        IsCancelled && Interlocked.Exchange(ref abortSeen, 1) == 0 ? Stopwatch.GetElapsedTime(Volatile.Read(ref cancelledAt)) : null;

    /// <summary>Whether an ending is explained by what was done to the stream; all viewers must see the same one.</summary>
    public bool Explains(string how)
    {
        var first = Interlocked.CompareExchange(ref ending, how, null) ?? how;
        return first == how && how switch
        {
            "stop" => true,
            "cancelled" => IsCancelled,
            "provider_closed" or "provider_timeout" or "provider_malformed" or "provider_error" => HasProviderFault,
            "worker_lost" => model == FailModel,
            _ => false,
        };
    }
}
