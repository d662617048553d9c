namespace AgnoAspire.Benchmarks.Harness;

/// <summary>What is measured: Redis, one API, one worker, a provider in its own process and, where it can be had, Portkey before the same provider.</summary>
internal sealed class BenchSystem : IAsyncDisposable
{
    private readonly Cluster cluster;
    private readonly SocketsHttpHandler connections = new() { ResponseDrainTimeout = TimeSpan.Zero };

    private BenchSystem(Cluster cluster, ServerProcess provider, ServerProcess? portkey)
    {
        (this.cluster, Provider, Portkey) = (cluster, provider, portkey);
        Http = new HttpClient(connections) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public ServerProcess Redis => cluster.Redis!;

    public ServerProcess Api => cluster.Apis[0];

    public ServerProcess Worker => cluster.Workers[0];

    public ServerProcess Provider { get; }

    public ServerProcess? Portkey { get; }

    public HttpClient Http { get; }

    public static async Task<BenchSystem> StartAsync(string? appendFsync, bool withPortkey, CancellationToken cancellationToken)
    {
        ServerProcess? portkey = null;
        Cluster? cluster = null;
        var provider = ProviderProgram.Create();
        try
        {
            await provider.StartAsync(cancellationToken);
            cluster = await Cluster.StartAsync(apis: 1, workers: 1, settings => Configure(settings, provider.Address), appendFsync);
            portkey = withPortkey ? await PortkeyProcess.StartAsync(cancellationToken) : null;
            return new BenchSystem(cluster, provider, portkey);
        }
        catch
        {
            await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
            await provider.DisposeAsync();
            throw;
        }
    }

    /// <summary>The settings of every service of a benchmark.</summary>
    public static void ConfigureProduction(Dictionary<string, string> settings)
    {
        settings["ASPNETCORE_ENVIRONMENT"] = "Production";
        settings["Logging__LogLevel__Default"] = "Warning";
        settings["ChatApi__AllowAnonymous"] = "true";
    }

    /// <summary>The provider itself, ours, and Portkey where it runs.</summary>
    public IReadOnlyList<ChatTarget> Targets()
    {
        var completions = new Uri("/v1/chat/completions", UriKind.Relative);
        var targets = new List<ChatTarget>
        {
            new("direct", new Uri(Provider.Address, completions), false, new Dictionary<string, string>(), []),
            new("AgnoAspire", new Uri(Api.Address, "/api/v1/chat"), true, new Dictionary<string, string>(), [Redis, Api, Worker]),
        };
        if (Portkey is not null)
        {
            var headers = new Dictionary<string, string>
            {
                ["x-portkey-provider"] = "openai",
                ["x-portkey-custom-host"] = new Uri(Provider.Address, "/v1").OriginalString,
                ["Authorization"] = "Bearer none",
            };
            targets.Add(new ChatTarget("Portkey", new Uri(Portkey.Address, completions), false, headers, [Portkey]));
        }

        return targets;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        connections.Dispose();
        await cluster.DisposeAsync();
        await (Portkey?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Provider.DisposeAsync();
    }

    private static void Configure(Dictionary<string, string> settings, Uri provider)
    {
        ConfigureProduction(settings);
        settings["Worker__MaxConcurrentJobs"] = "10000";
        settings["Providers__fake__Type"] = "openai";
        settings["Providers__fake__Endpoint"] = new Uri(provider, "/v1").ToString();
        settings[$"Models__{ChatTarget.Model}__Provider"] = "fake";
        settings["ChatJobs__StreamRetention"] = "00:00:05";
        settings["ChatJobs__ExpiredJobRetention"] = "00:00:01";
        settings["ChatJobs__MaxQueuedPerCaller"] = "10000";
    }
}
