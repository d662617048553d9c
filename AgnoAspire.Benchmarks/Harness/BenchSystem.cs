using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>What the measurements run against: Redis, one API, one worker, a provider in its own process and, where it can be had, Portkey before the same provider.</summary>
internal sealed class BenchSystem : IAsyncDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("agno-bench-");
    private readonly int providerPort = FreePorts.Next();
    private readonly SocketsHttpHandler connections = new() { ResponseDrainTimeout = TimeSpan.Zero };
    private int portkeyPort;

    private BenchSystem(string fsync)
    {
        RedisPort = FreePorts.Next();
        ApiPort = FreePorts.Next();
        Redis = RedisProcess.Create(RedisPort, fsync, directory.FullName);
        Api = ServiceProcess.Create("AgnoAspire.ApiService", "api", ApiPort, RedisPort, directory.FullName);
        Worker = ServiceProcess.Create("AgnoAspire.Worker", "worker", FreePorts.Next(), RedisPort, directory.FullName);
        Worker.Settings["Worker__MaxConcurrentJobs"] = "10000";
        Worker.Settings["Providers__fake__Type"] = "openai";
        Worker.Settings["Providers__fake__Endpoint"] = $"http://127.0.0.1:{providerPort}/v1";
        Worker.Settings[$"Models__{ChatTarget.Model}__Provider"] = "fake";
        foreach (var process in new[] { Api, Worker })
        {
            process.Settings["ChatJobs__StreamRetention"] = "00:00:05";
            process.Settings["ChatJobs__ExpiredJobRetention"] = "00:00:01";
            process.Settings["ChatJobs__MaxQueuedPerCaller"] = "10000";
        }

        Provider = ProviderProgram.Create(providerPort, directory.FullName);
        Http = new HttpClient(connections) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public int RedisPort { get; }

    public int ApiPort { get; }

    public ChildProcess Redis { get; }

    public ChildProcess Api { get; }

    public ChildProcess Worker { get; }

    public ChildProcess Provider { get; }

    public ChildProcess? Portkey { get; private set; }

    public HttpClient Http { get; }

    public static async Task<BenchSystem> StartAsync(string fsync, bool withPortkey, CancellationToken cancellationToken)
    {
        var system = new BenchSystem(fsync);
        try
        {
            foreach (var process in new[] { system.Redis, system.Provider, system.Worker, system.Api })
            {
                await process.StartAsync(cancellationToken);
            }

            if (withPortkey)
            {
                var port = FreePorts.Next();
                system.Portkey = await PortkeyProcess.CreateAsync(port, system.directory.FullName, cancellationToken);
                await (system.Portkey?.StartAsync(cancellationToken) ?? Task.CompletedTask);
                system.portkeyPort = port;
            }

            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>The provider itself, ours, and Portkey where it runs.</summary>
    public IReadOnlyList<ChatTarget> Targets()
    {
        var targets = new List<ChatTarget>
        {
            new("direct", new Uri($"http://127.0.0.1:{providerPort}/v1/chat/completions"), false, new Dictionary<string, string>(), []),
            new("AgnoAspire", new Uri($"http://127.0.0.1:{ApiPort}/api/v1/chat"), true, new Dictionary<string, string>(), [Redis, Api, Worker]),
        };
        if (Portkey is not null)
        {
            var headers = new Dictionary<string, string>
            {
                ["x-portkey-provider"] = "openai",
                ["x-portkey-custom-host"] = $"http://127.0.0.1:{providerPort}/v1",
                ["Authorization"] = "Bearer none",
            };
            targets.Add(new ChatTarget("Portkey", new Uri($"http://127.0.0.1:{portkeyPort}/v1/chat/completions"), false, headers, [Portkey]));
        }

        return targets;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        connections.Dispose();
        foreach (var process in new[] { Api, Worker, Portkey, Provider, Redis }.OfType<ChildProcess>())
        {
            await process.DisposeAsync();
        }

        directory.Delete(recursive: true);
    }
}
