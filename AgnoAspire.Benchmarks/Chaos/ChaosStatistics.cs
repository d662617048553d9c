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

    /// <summary>Gets a value indicating whether Redis may forget a job that it has just accepted, and of which no chunk was seen.</summary>
    public bool MayForgetJobs { get; init; }

    /// <summary>Gets how long there was no primary of Redis, in each failover.</summary>
    public Percentiles Failovers { get; } = new();

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

/// <summary>The table at the end of a chaos run.</summary>
internal static class ChaosReport
{
    public static async Task WriteAsync(
        ChaosOptions options, ChaosStatistics statistics, ChaosStatistics rolling, int killed, (string Start, string End) memory, TimeSpan time)
    {
        var table = new ResultTable("chaos", "what", "figure");
        table.Add("streams", statistics.Ended);
        table.Add("chunks delivered", statistics.Delivered);
        foreach (var violation in Enum.GetValues<Violation>())
        {
            table.Add($"violations: {violation}", statistics.Count(violation));
        }

        table.Add("how streams ended", Counts(statistics.Endings));
        table.Add("faults injected", Counts(statistics.Faults));
        table.Add("viewers' reconnections", statistics.Reconnections);
        table.Add("stalls over 0.5 s of a viewer", statistics.Stalls.All.Count);
        table.Add("recovery time p50 / p99 / max", Times(statistics.Stalls.All));
        table.Add("- the longest, with the time into it of each fault", statistics.Stalls.Longest());
        foreach (var (kind, stalls) in statistics.Stalls.ByFault())
        {
            table.Add($"- that began with {kind}", Times(stalls));
        }

        table.Add("Redis without a primary p50 / p99 / max", Times(statistics.Failovers));
        table.Add("cancel to abort, seen at the provider: count", statistics.Aborts.Count);
        table.Add("cancel to abort p50 / p99 / max", Times(statistics.Aborts));
        if (options.Rolling > 0)
        {
            table.Add("rolling restart: streams", rolling.Ended);
            table.Add("rolling restart: violations", Enum.GetValues<Violation>().Sum(rolling.Count));
            table.Add("rolling restart: processes that had to be killed", killed);
            table.Add("rolling restart: stall p50 / p99 / max", Times(rolling.Stalls.All));
        }

        table.Add("memory after the first seconds", memory.Start);
        table.Add("memory at the end", memory.End);
        table.Add("time", time.ToString("mm\\:ss"));
        foreach (var message in statistics.Messages.Concat(rolling.Messages))
        {
            Console.WriteLine($"VIOLATION {message}");
        }

        await table.WriteAsync(
            options.Fsync,
            ("concurrent streams", $"{options.Streams}"), ("viewers of each", $"{options.Viewers}"), ("faults", string.Join(", ", options.Faults)),
            ("seed", $"{options.Seed}"), ("lease duration", $"{ChaosSystem.LeaseDuration}"));
    }

    private static string Counts(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}")) is { Length: > 0 } text ? text : "-";

    private static string Times(Percentiles times) =>
        times.Count == 0 ? "-" : $"{times.At(0.5):N0} / {times.At(0.99):N0} / {times.At(1):N0} ms";
}
