namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>What a run must never show.</summary>
internal enum Violation
{
    Lost, // A chunk did not arrive.
    Repeated, // A chunk arrived twice.
    OutOfOrder, // A chunk arrived after a later one.
    Different, // A chunk differs from what the provider sent.
    Unterminated, // A viewer never got a terminal chunk.
    UnexplainedEnding, // A stream ended in a way that no fault explains.
    FailedPost, // A POST failed for good.
}

/// <summary>What happened in a run, counted by any number of threads.</summary>
internal sealed class ChaosStatistics
{
    private const int MaxMessages = 50;

    private readonly long[] violations = new long[Enum.GetValues<Violation>().Length];
    private long started;
    private long ended;
    private long delivered;
    private long reconnections;

    /// <summary>Gets how streams ended, by finish reason or error code.</summary>
    public ConcurrentDictionary<string, int> Endings { get; } = new();

    /// <summary>Gets how often each fault was injected.</summary>
    public ConcurrentDictionary<string, int> Faults { get; } = new();

    /// <summary>Gets the first violations in words.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>Gets the unintended stalls of viewers: more than half a second between two chunks.</summary>
    public StallLog Stalls { get; } = new();

    /// <summary>Gets the times from a caller's DELETE until the provider sees its worker hang up.</summary>
    public Percentiles Aborts { get; } = new();

    public long Started => Interlocked.Read(ref started);

    public long Ended => Interlocked.Read(ref ended);

    public long Delivered => Interlocked.Read(ref delivered);

    public long Reconnections => Interlocked.Read(ref reconnections);

    public bool IsClean => violations.All(count => count == 0);

    public long Count(Violation violation) => Interlocked.Read(ref violations[(int)violation]);

    public void Report(Violation violation, string where, long count = 1)
    {
        Interlocked.Add(ref violations[(int)violation], count);
        if (violation == Violation.OutOfOrder)
        {
            // It was counted as lost before.
            Interlocked.Decrement(ref violations[(int)Violation.Lost]);
        }

        if (Messages.Count < MaxMessages)
        {
            Messages.Enqueue($"{violation} ({count}): {where}");
        }
    }

    public void StreamStarted() => Interlocked.Increment(ref started);

    public void StreamEnded(string how)
    {
        Interlocked.Increment(ref ended);
        Endings.AddOrUpdate(how, 1, static (_, count) => count + 1);
    }

    public void ChunksDelivered(int count) => Interlocked.Add(ref delivered, count);

    public void Reconnected() => Interlocked.Increment(ref reconnections);

    public void Injected(FaultKind kind)
    {
        Faults.AddOrUpdate(kind.ToString(), 1, static (_, count) => count + 1);
        if (kind <= FaultKind.RedisRestart)
        {
            // The others stall only those they hit, on purpose.
            Stalls.Injected(kind);
        }
    }
}
