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

/// <summary>Checks what one viewer gets of one stream, chunk by chunk, against what the provider sent.</summary>
internal sealed class StreamCheck(StreamScenario scenario, ChaosStatistics statistics, int viewer)
{
    private readonly HashSet<long> missing = [];
    private int offset;
    private bool knowsOffset = true;

    /// <summary>Gets the sequence of the last chunk, which is what a viewer resumes from.</summary>
    public long Last { get; private set; }

    /// <summary>Gets how the stream ended: a finish reason or an error code; <see langword="null"/> before its terminal chunk.</summary>
    public string? Ending { get; private set; }

    private string Where => $"stream {scenario.Answer.Stream} ({scenario.Model}), viewer {viewer}, chunk {Last}, character {offset} of {scenario.Text.Length}";

    public void Take(SseMessage message)
    {
        var id = message.Sequence;
        var chunk = ChatChunk.Parse(message.Data);
        if (Ending is not null)
        {
            statistics.Report(Violation.Repeated, $"{Where}: chunk {id} after the terminal one");
            return;
        }

        if (id > 0 && !IsNew(id))
        {
            return;
        }

        Compare(chunk.Content);
        if (chunk.Done)
        {
            End(chunk.Error?.Code ?? chunk.FinishReason ?? "nothing");
        }
    }

    private bool IsNew(long id)
    {
        if (id <= Last)
        {
            statistics.Report(missing.Remove(id) ? Violation.OutOfOrder : Violation.Repeated, $"{Where}: chunk {id}");
            return false;
        }

        if (id > Last + 1)
        {
            statistics.Report(Violation.Lost, $"{Where}: then chunk {id}", id - Last - 1);
            knowsOffset = false;
            for (var gone = Last + 1; gone < id; gone++)
            {
                missing.Add(gone);
            }
        }

        Last = id;
        return true;
    }

    private void Compare(string content)
    {
        if (knowsOffset && !scenario.Text.AsSpan(offset).StartsWith(content, StringComparison.Ordinal))
        {
            var expected = scenario.Text.AsSpan(offset, Math.Min(content.Length, scenario.Text.Length - offset));
            statistics.Report(Violation.Different, $"{Where}: \"{content}\" instead of \"{expected}\"");
            knowsOffset = false;
        }

        offset += content.Length;
    }

    private void End(string how)
    {
        Ending = how;
        if (how == "stop" && knowsOffset && offset != scenario.Text.Length)
        {
            statistics.Report(Violation.Lost, $"{Where}: the end came too early");
        }

        if (!scenario.Explains(how) && !(how == "stream_lost" && offset == 0 && statistics.MayForgetJobs))
        {
            statistics.Report(Violation.UnexplainedEnding, $"{Where}: {how}");
        }
    }
}
