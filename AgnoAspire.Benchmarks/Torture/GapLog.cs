using System.Collections.Concurrent;
using System.Diagnostics;
using AgnoAspire.Benchmarks.Harness;

namespace AgnoAspire.Benchmarks.Torture;

/// <summary>The silences viewers felt, and which fault they fell into, where it was only one.</summary>
internal sealed class GapLog
{
    // A fault can be felt a while after it was over: a lease has to lapse, a connection has to be made.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(8);

    private readonly ConcurrentBag<(long From, long To)> gaps = [];
    private readonly ConcurrentBag<(FaultKind Kind, long From, long To)> faults = [];

    public Percentiles All { get; } = new();

    public void Felt(long from)
    {
        gaps.Add((from, Stopwatch.GetTimestamp()));
        All.Add(Stopwatch.GetElapsedTime(from));
    }

    public void Injected(FaultKind kind, long from) => faults.Add((kind, from, Stopwatch.GetTimestamp()));

    /// <summary>The silences that fell into faults of one kind only.</summary>
    public IEnumerable<(FaultKind Kind, Percentiles Gaps)> ByFault()
    {
        var byFault = new SortedDictionary<FaultKind, Percentiles>();
        foreach (var (from, to) in gaps)
        {
            var kinds = faults.Where(fault => fault.From <= to && from <= fault.To + (Aftermath.TotalSeconds * Stopwatch.Frequency)).Select(fault => fault.Kind).Distinct().ToArray();
            if (kinds is [var kind])
            {
                if (!byFault.TryGetValue(kind, out var times))
                {
                    byFault[kind] = times = new Percentiles();
                }

                times.Add(Stopwatch.GetElapsedTime(from, to));
            }
        }

        return byFault.Select(pair => (pair.Key, pair.Value));
    }
}
