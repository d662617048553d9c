namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>What is done to the system.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL of a worker, which is started again.</summary>
    WorkerKill,

    /// <summary>SIGSTOP of a worker, for less or more than its lease, then SIGCONT.</summary>
    WorkerStop,

    /// <summary>SIGKILL of an API replica, which is started again.</summary>
    ApiKill,

    /// <summary>SIGSTOP of an API replica, then SIGCONT.</summary>
    ApiStop,

    /// <summary>CLIENT KILL TYPE pubsub: every subscription is cut.</summary>
    PubSubKill,

    /// <summary>SIGKILL of Redis, which is started again on its append-only file.</summary>
    RedisRestart,

    /// <summary>The provider closes some answers in the middle.</summary>
    ProviderCut,

    /// <summary>The provider falls silent in some answers.</summary>
    ProviderStall,

    /// <summary>The provider sends garbage in some answers.</summary>
    ProviderGarbage,

    /// <summary>Some viewers stop reading for a while and keep their connection.</summary>
    ViewerStop,

    /// <summary>Some viewers leave, and come back on another replica.</summary>
    ViewerLeave,

    /// <summary>Some callers cancel.</summary>
    Cancel,
}
