namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>The stalls of viewers, and the fault that began with each, if it was only one.</summary>
internal sealed class StallLog
{
    // The last chunk before a fault comes about when the fault begins.
    private static readonly long Before = Stopwatch.Frequency / 2;
    private static readonly long After = Stopwatch.Frequency;

    private readonly ConcurrentBag<(long From, long To)> stalls = [];
    private readonly ConcurrentBag<(FaultKind Kind, long From)> faults = [];

    public Percentiles All { get; } = new();

    public void Stalled(long from)
    {
        stalls.Add((from, Stopwatch.GetTimestamp()));
        All.Add(Stopwatch.GetElapsedTime(from));
    }

    public void Injected(FaultKind kind) => faults.Add((kind, Stopwatch.GetTimestamp()));

    /// <summary>The longest stall, and the faults that began during it, each with its time into the stall.</summary>
    public string Longest()
    {
        if (stalls.IsEmpty)
        {
            return "-";
        }

        var (from, to) = stalls.MaxBy(stall => stall.To - stall.From);
        var met = faults
            .Where(fault => fault.From >= from - Before && fault.From <= to)
            .OrderBy(fault => fault.From)
            .Select(fault => string.Create(CultureInfo.InvariantCulture, $"{fault.Kind} {(fault.From - from) / (double)Stopwatch.Frequency:+0.0;-0.0} s"));
        return string.Create(CultureInfo.InvariantCulture, $"{(to - from) / (double)Stopwatch.Frequency:0.0} s: {string.Join(", ", met)}");
    }

    /// <summary>The stalls that only faults of one kind can have caused.</summary>
    public IEnumerable<(FaultKind Kind, Percentiles Stalls)> ByFault()
    {
        var byFault = new SortedDictionary<FaultKind, Percentiles>();
        foreach (var (from, to) in stalls)
        {
            var kinds = faults.Where(fault => fault.From >= from - Before && fault.From <= from + After).Select(fault => fault.Kind).Distinct().ToArray();
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
