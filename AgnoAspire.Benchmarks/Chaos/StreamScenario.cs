using System.Diagnostics;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>One stream of the chaos run: what was asked, what has to come, and what was done to it on purpose.</summary>
internal sealed class StreamScenario(Answer answer, string model, string key)
{
    public const string ReplayModel = "replayed";
    public const string FailModel = "failing";

    private readonly Lazy<string> text = new(answer.Text);
    private readonly TaskCompletionSource<string> jobId = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long cancelledAt;
    private int abortSeen;
    private string? ending;

    public Answer Answer => answer;

    public string Model => model;

    /// <summary>Gets the Idempotency-Key, under which a POST can be repeated anywhere.</summary>
    public string Key => key;

    /// <summary>Gets every character that has to come.</summary>
    public string Text => text.Value;

    public ChaosViewer[] Viewers { get; set; } = [];

    /// <summary>Gets the job's id, once a replica has told.</summary>
    public Task<string> JobId => jobId.Task;

    /// <summary>Gets or sets a value indicating whether the provider was made to fail in this answer.</summary>
    public bool IsProviderHurt { get; set; }

    public bool IsCancelled => Volatile.Read(ref cancelledAt) != 0;

    public void Admitted(string id) => jobId.TrySetResult(id);

    public void Abandon() => jobId.TrySetCanceled();

    public void Cancelled() => Volatile.Write(ref cancelledAt, Stopwatch.GetTimestamp());

    /// <summary>The provider saw the worker hang up; tells how long after the cancel, the first time.</summary>
    public TimeSpan? Aborted() =>
        IsCancelled && Interlocked.Exchange(ref abortSeen, 1) == 0 ? Stopwatch.GetElapsedTime(Volatile.Read(ref cancelledAt)) : null;

    /// <summary>Whether a stream that ended like this has a reason to; all viewers have to see the same end.</summary>
    public bool Accepts(string how)
    {
        var first = Interlocked.CompareExchange(ref ending, how, null) ?? how;
        return first == how && how switch
        {
            "stop" => true,
            "cancelled" => IsCancelled,
            "provider_closed" or "provider_timeout" or "provider_malformed" or "provider_error" => IsProviderHurt,
            "worker_lost" => model == FailModel,
            _ => false,
        };
    }
}
