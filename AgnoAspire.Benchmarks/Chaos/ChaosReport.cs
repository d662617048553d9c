using AgnoAspire.Benchmarks.Harness;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>The table at the end.</summary>
internal static class ChaosReport
{
    public static async Task WriteAsync(
        ChaosOptions options, ChaosStatistics ledger, ChaosStatistics rolling, RollingRestart restart, Memory start, Memory end, TimeSpan took)
    {
        var table = new ResultTable("chaos", "what", "figure");
        table.Add("streams", ledger.Ended);
        table.Add("chunks delivered", ledger.Delivered);
        table.Add("chunks lost", ledger.Lost);
        table.Add("chunks repeated", ledger.Repeated);
        table.Add("chunks out of order", ledger.OutOfOrder);
        table.Add("chunks that differ from what the provider sent", ledger.Different);
        table.Add("streams without a terminal chunk (a viewer)", ledger.Unterminated);
        table.Add("streams that ended in a way nobody caused (a viewer)", ledger.UnexpectedEndings);
        table.Add("failed POSTs", ledger.FailedPosts);
        table.Add("how streams ended", Counts(ledger.Endings));
        table.Add("faults injected", Counts(ledger.Faults));
        table.Add("viewers' reconnections", ledger.Reconnections);
        table.Add("silences over 0.5 s that a viewer felt", ledger.Gaps.All.Count);
        table.Add("recovery gap p50 / p99 / max", Times(ledger.Gaps.All));
        table.Add("- the longest, and when into it which process was hit", ledger.Gaps.Longest());
        foreach (var (kind, gaps) in ledger.Gaps.ByFault())
        {
            table.Add($"- that began with {kind}", Times(gaps));
        }

        table.Add("cancel to abort, seen at the provider: count", ledger.Aborts.Count);
        table.Add("cancel to abort p50 / p99 / max", Times(ledger.Aborts));
        if (options.Rolling > 0)
        {
            table.Add("rolling restart: streams", rolling.Ended);
            table.Add("rolling restart: broken streams", rolling.Unterminated + rolling.UnexpectedEndings + rolling.Lost + rolling.Repeated + rolling.Different + rolling.OutOfOrder);
            table.Add("rolling restart: failed POSTs", rolling.FailedPosts);
            table.Add("rolling restart: processes that had to be killed", restart.KilledCount);
            table.Add("rolling restart: gap p50 / p99 / max", Times(rolling.Gaps.All));
        }

        table.Add("memory after the first seconds", start.ToString());
        table.Add("memory at the end", end.ToString());
        table.Add("time", took.ToString("mm\\:ss"));
        foreach (var breach in ledger.Breaches.Concat(rolling.Breaches))
        {
            Console.WriteLine($"BREACH {breach}");
        }

        await table.WriteAsync(EnvironmentInfo.With(
            ("streams at once", $"{options.Streams}"), ("viewers of each", $"{options.Viewers}"), ("faults", string.Join(", ", options.Faults)),
            ("seed", $"{options.Seed}"), ("appendfsync", options.Fsync), ("lease", $"{SystemUnderTest.Lease}")));
    }

    private static string Counts(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}")) is { Length: > 0 } text ? text : "-";

    private static string Times(Percentiles times) =>
        times.Count == 0 ? "-" : $"{times.At(0.5):N0} / {times.At(0.99):N0} / {times.At(1):N0} ms";
}
