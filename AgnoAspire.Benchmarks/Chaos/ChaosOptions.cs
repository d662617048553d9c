namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>What is done to the system; up to and with <see cref="RedisRestart"/>, to one of its processes.</summary>
internal enum FaultKind
{
    WorkerKill, // SIGKILL of a worker, which is started again.
    WorkerStop, // SIGSTOP of a worker, for less or more than its lease, then SIGCONT.
    ApiKill, // SIGKILL of an API replica, which is started again.
    ApiStop, // SIGSTOP of an API replica, then SIGCONT.
    PubSubKill, // CLIENT KILL TYPE pubsub: every subscription is closed.
    RedisFailover, // SIGKILL of the primary: the Sentinels promote a replica, the old primary is started again.
    RedisPromotion, // The Sentinels promote a replica while the primary lives.
    RedisRestart, // SIGKILL of Redis, which is started again on its append-only file.
    ProviderCut, // The provider closes some answers before their end.
    ProviderStall, // The provider is silent in some answers.
    ProviderGarbage, // The provider sends garbage in some answers.
    ViewerStop, // Some viewers stop reading for a while and keep their connection.
    ViewerLeave, // Some viewers leave, and come back on another replica.
    Cancel, // Some callers cancel.
}

/// <summary>
/// The size of a chaos run, as <see cref="HelpText"/> describes it. A chunk that three viewers get is delivered three times. The seed determines
/// the fault plan and the viewers' behavior. With the appendfsync <c>everysec</c> Redis may lose the last two seconds, after a failover what the
/// replica had not yet. No rolling restart for 0.
/// </summary>
internal sealed record ChaosOptions(
    int Chunks, TimeSpan Time, int Streams, int Viewers, FaultKind[] Faults, int Seed, string Fsync, int Rolling, bool HasSentinels)
{
    public static ChaosOptions Read(Arguments arguments)
    {
        var hasSentinels = arguments.Text("redis") switch
        {
            null or "single" => false,
            "sentinel" => true,
            var other => throw new ArgumentException($"--redis is {other}; use single or sentinel."),
        };
        var options = new ChaosOptions(
            arguments.Number("chunks", 1_000_000, 0, int.MaxValue),
            TimeSpan.FromSeconds(arguments.Number("seconds", 60, 0, 86_400)),
            arguments.Number("streams", 48, 1, 10_000),
            arguments.Number("viewers", 8, 1, 1000),
            ReadFaults(arguments.Text("faults") ?? "all", hasSentinels),
            arguments.Number("seed", 1, 0, int.MaxValue),
            arguments.Fsync() ?? (hasSentinels ? "everysec" : "always"),
            arguments.Number("rolling", 200, 0, 10_000),
            hasSentinels);
        arguments.End();
        return options;
    }

    private static FaultKind[] ReadFaults(string names, bool hasSentinels)
    {
        var possible = Enum.GetValues<FaultKind>()
            .Where(kind => hasSentinels ? kind != FaultKind.RedisRestart : kind is not (FaultKind.RedisFailover or FaultKind.RedisPromotion)).ToArray();
        return names switch
        {
            "all" => possible,
            "none" => [],
            _ => [.. names.Split(',').Select(name => Enum.TryParse<FaultKind>(name, ignoreCase: true, out var kind) && possible.Contains(kind)
                ? kind
                : throw new ArgumentException($"There is no fault '{name}' with this Redis; there are: {string.Join(", ", possible)}, all and none."))],
        };
    }
}
