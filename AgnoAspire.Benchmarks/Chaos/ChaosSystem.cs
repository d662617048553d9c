using StackExchange.Redis;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>Redis, API replicas, workers and the provider, as they run together.</summary>
internal sealed class ChaosSystem : IAsyncDisposable
{
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(5);

    private readonly Cluster cluster;
    private readonly RedisFailoverSet? failover;
    private readonly SocketsHttpHandler connections = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(2),
        ResponseDrainTimeout = TimeSpan.Zero,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
    };

    private ChaosSystem(Cluster cluster, RedisFailoverSet? failover)
    {
        this.failover = failover;
        this.cluster = cluster;
        cluster.KeepsOutput = true;
        cluster.Provider.Default = Provider.AnswerAsync;
        Http = new HttpClient(connections) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public AnswerGenerator Provider { get; } = new();

    /// <summary>Gets the only Redis, or one of those that the Sentinels watch.</summary>
    public ServerProcess Redis => cluster.Redis ?? failover!.Servers[0];

    public List<ServerProcess> Apis => cluster.Apis;

    public List<ServerProcess> Workers => cluster.Workers;

    public HttpClient Http { get; }

    public string OutputDirectory => cluster.OutputDirectory.FullName;

    public static async Task<ChaosSystem> StartAsync(string fsync, bool hasSentinels, CancellationToken cancellationToken)
    {
        var failover = hasSentinels ? await RedisFailoverSet.StartAsync(fsync, cancellationToken) : null;
        return new ChaosSystem(await Cluster.StartAsync(apis: 2, workers: 3, Configure, fsync, failover?.ConnectionString), failover);
    }

    /// <summary>The address of a replica, for any number.</summary>
    public Uri Api(int number) => Apis[(int)((uint)number % Apis.Count)].Address;

    /// <summary>Kills the primary, or promotes a replica while it lives; returns how long there was no primary.</summary>
    public Task<TimeSpan> FailOverAsync(bool killsPrimary, CancellationToken cancellationToken) =>
        killsPrimary ? failover!.KillPrimaryAsync(cancellationToken) : failover!.PromoteAsync(cancellationToken);

    /// <summary>Closes every connection that subscribes.</summary>
    public async Task KillSubscriptionsAsync()
    {
        var server = failover is null ? Redis : await failover.PrimaryAsync(CancellationToken.None);
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{server.Address.Authority},allowAdmin=true,connectTimeout=2000");
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
    }

    /// <summary>The resident memory of the processes now.</summary>
    public string DescribeMemory()
    {
        const double Mebi = 1024 * 1024;
        return $"APIs {Apis.Sum(process => process.WorkingSet) / Mebi:N0}, workers {Workers.Sum(process => process.WorkingSet) / Mebi:N0}, "
            + $"Redis {Redis.WorkingSet / Mebi:N0} MiB";
    }

    /// <summary>Deletes the output of the processes at the end; without this call it remains, to find out what happened.</summary>
    public void DiscardOutput() => cluster.KeepsOutput = false;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        connections.Dispose();
        await cluster.DisposeAsync();
        await (failover?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static void Configure(Dictionary<string, string> settings)
    {
        BenchSystem.ConfigureProduction(settings);
        settings["ChatJobs__LeaseDuration"] = LeaseDuration.ToString("c", CultureInfo.InvariantCulture);
        settings["ChatJobs__MaxAttempts"] = "50";
        settings["ChatJobs__StreamRetention"] = "00:01:00";
        settings["ChatJobs__ExpiredJobRetention"] = "00:01:00";
        settings["ChatApi__KeepAliveInterval"] = "00:00:01";
        settings["ChatApi__ShutdownDrainTimeout"] = "00:00:03";
        settings["Worker__MaxConcurrentJobs"] = "128";
        settings["Worker__ShutdownDrainTimeout"] = "00:00:05";
        settings["Providers__fake__Type"] = "openai";
        foreach (var (model, policy) in new[] { (StreamScenario.ReplayModel, "Replay"), (StreamScenario.FailModel, "Fail") })
        {
            settings[$"Models__{model}__Provider"] = "fake";
            settings[$"Models__{model}__Continuation"] = policy;

            // Longer than any process is suspended, so that only a provider that stalls exceeds it.
            settings[$"Models__{model}__IdleTimeout"] = "00:00:20";
            settings[$"Models__{model}__FirstTokenTimeout"] = "00:00:30";
        }
    }
}
