using AgnoAspire.Benchmarks.Harness;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>How hard the chaos   is.</summary>
/// <param name="Chunks">Delivered chunks to reach under faults; a chunk that three viewers get is delivered three times.</param>
/// <param name="Time">The shortest time under faults.</param>
/// <param name="Streams">Streams at once.</param>
/// <param name="Viewers">Viewers of each stream.</param>
/// <param name="Faults">The kinds of faults.</param>
/// <param name="Seed">What the plan of faults and the viewers' habits follow from.</param>
/// <param name="Fsync">Redis' appendfsync: <c>always</c> keeps every chunk a viewer has seen, <c>everysec</c> may lose the last two seconds.</param>
/// <param name="Rolling">Streams under way in the rolling restart at the end; 0 for none.</param>
internal sealed record ChaosOptions(int Chunks, TimeSpan Time, int Streams, int Viewers, FaultKind[] Faults, int Seed, string Fsync, int Rolling)
{
    public static ChaosOptions Read(Arguments arguments)
    {
        var options = new ChaosOptions(
            arguments.Number("chunks", 1_000_000, 0, int.MaxValue),
            TimeSpan.FromSeconds(arguments.Number("seconds", 60, 0, 86_400)),
            arguments.Number("streams", 48, 1, 10_000),
            arguments.Number("viewers", 8, 1, 1000),
            ReadFaults(arguments.Text("faults", "all")),
            arguments.Number("seed", 1, 0, int.MaxValue),
            arguments.Text("fsync", "always"),
            arguments.Number("rolling", 200, 0, 10_000));
        arguments.End();
        return options.Fsync is "always" or "everysec" or "no"
            ? options
            : throw new ArgumentException($"--fsync is {options.Fsync}; give always, everysec or no.");
    }

    private static FaultKind[] ReadFaults(string names) => names switch
    {
        "all" => Enum.GetValues<FaultKind>(),
        "none" => [],
        _ => [.. names.Split(',').Select(name => Enum.TryParse<FaultKind>(name, ignoreCase: true, out var kind) && !int.TryParse(name, out _)
            ? kind
            : throw new ArgumentException($"There is no fault '{name}'; there are: {string.Join(", ", Enum.GetNames<FaultKind>())}, all and none."))],
    };
}
