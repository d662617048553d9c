namespace AgnoAspire.Benchmarks.Chaos;

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
