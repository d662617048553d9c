namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>What is done to the system; up to and with <see cref="RedisRestart"/>, to one of its processes.</summary>
internal enum FaultKind
{
    WorkerKill, // SIGKILL of a worker, which is started again.
    WorkerStop, // SIGSTOP of a worker, for less or more than its lease, then SIGCONT.
    ApiKill, // SIGKILL of an API replica, which is started again.
    ApiStop, // SIGSTOP of an API replica, then SIGCONT.
    PubSubKill, // CLIENT KILL TYPE pubsub: every subscription is closed.
    RedisRestart, // SIGKILL of Redis, which is started again on its append-only file.
    ProviderCut, // The provider closes some answers before their end.
    ProviderStall, // The provider is silent in some answers.
    ProviderGarbage, // The provider sends garbage in some answers.
    ViewerStop, // Some viewers stop reading for a while and keep their connection.
    ViewerLeave, // Some viewers leave, and come back on another replica.
    Cancel, // Some callers cancel.
}

/// <summary>The size of a chaos run.</summary>
/// <param name="Chunks">Delivered chunks to reach under faults; a chunk that three viewers get is delivered three times.</param>
/// <param name="Time">The minimum time under faults.</param>
/// <param name="Streams">Concurrent streams.</param>
/// <param name="Viewers">Viewers of each stream.</param>
/// <param name="Faults">The kinds of faults.</param>
/// <param name="Seed">Determines the fault plan and the viewers' behavior.</param>
/// <param name="Fsync">Redis' appendfsync: <c>always</c> keeps every chunk a viewer has read, <c>everysec</c> may lose the last two seconds.</param>
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
            ReadFaults(arguments.Text("faults") ?? "all"),
            arguments.Number("seed", 1, 0, int.MaxValue),
            arguments.Fsync() ?? "always",
            arguments.Number("rolling", 200, 0, 10_000));
        arguments.End();
        return options;
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
