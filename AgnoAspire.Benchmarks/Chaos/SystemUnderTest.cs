using System.Globalization;
using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.Benchmarks.Provider;
using StackExchange.Redis;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>Redis, API replicas, workers and the provider, as they run together.</summary>
internal sealed class SystemUnderTest : IAsyncDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private const int ApiCount = 2;
    private const int WorkerCount = 3;
    private const int Slots = 128;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("agno-chaos-");
    private readonly List<Uri> addresses = [];
    private readonly int redisPort = FreePorts.Next();
    private readonly SocketsHttpHandler connections = new()
    {
        ConnectTimeout = TimeSpan.FromSeconds(2),
        ResponseDrainTimeout = TimeSpan.Zero,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
    };

    private SystemUnderTest(FakeProvider provider, string fsync)
    {
        Provider = provider;
        Redis = RedisProcess.Create(redisPort, fsync, directory.FullName);
        Apis = [.. Enumerable.Range(1, ApiCount).Select(i => Create("AgnoAspire.ApiService", $"api{i}"))];
        Workers = [.. Enumerable.Range(1, WorkerCount).Select(i => Create("AgnoAspire.Worker", $"worker{i}"))];
        Http = new HttpClient(connections) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public FakeProvider Provider { get; }

    public ChildProcess Redis { get; }

    public ChildProcess[] Apis { get; }

    public ChildProcess[] Workers { get; }

    public HttpClient Http { get; }

    /// <summary>Gets where the output of all processes is.</summary>
    public string OutputDirectory => directory.FullName;

    /// <summary>Gets or sets a value indicating whether the output stays behind, for whoever has to find out what happened.</summary>
    public bool KeepsOutput { get; set; } = true;

    public static async Task<SystemUnderTest> StartAsync(string fsync, CancellationToken cancellationToken)
    {
        var system = new SystemUnderTest(await FakeProvider.StartAsync(FreePorts.Next()), fsync);
        try
        {
            await system.Redis.StartAsync(cancellationToken);
            foreach (var process in system.Workers.Concat(system.Apis))
            {
                await process.StartAsync(cancellationToken);
            }

            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address of a replica; any number leads to one.</summary>
    public Uri Api(int number) => addresses[(int)((uint)number % ApiCount)];

    /// <summary>Cuts every connection that subscribes.</summary>
    public async Task CutSubscriptionsAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redisPort},allowAdmin=true,connectTimeout=2000");
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        connections.Dispose();
        foreach (var process in Apis.Concat(Workers).Append(Redis))
        {
            await process.DisposeAsync();
        }

        await Provider.DisposeAsync();
        if (!KeepsOutput)
        {
            directory.Delete(recursive: true);
        }
    }

    private ChildProcess Create(string project, string name)
    {
        var port = FreePorts.Next();
        var process = ServiceProcess.Create(project, name, port, redisPort, directory.FullName);
        var settings = process.Settings;
        settings["ChatJobs__LeaseDuration"] = Lease.ToString("c", CultureInfo.InvariantCulture);
        settings["ChatJobs__MaxAttempts"] = "50";
        settings["ChatJobs__StreamRetention"] = "00:01:00";
        settings["ChatJobs__ExpiredJobRetention"] = "00:01:00";
        if (project.EndsWith("ApiService", StringComparison.Ordinal))
        {
            addresses.Add(new Uri($"http://127.0.0.1:{port}"));
            settings["ChatApi__KeepAliveInterval"] = "00:00:01";
            settings["ChatApi__ShutdownDrainTimeout"] = "00:00:03";
            return process;
        }

        settings["Worker__MaxConcurrentJobs"] = $"{Slots}";
        settings["Worker__ShutdownDrainTimeout"] = "00:00:05";
        settings["Providers__fake__Type"] = "openai";
        settings["Providers__fake__Endpoint"] = Provider.Endpoint.OriginalString;
        foreach (var (model, policy) in new[] { (StreamScenario.ReplayModel, "Replay"), (StreamScenario.FailModel, "Fail") })
        {
            settings[$"Models__{model}__Provider"] = "fake";
            settings[$"Models__{model}__Continuation"] = policy;

            // Longer than any process is stopped, so that only a provider that stalls runs into it.
            settings[$"Models__{model}__IdleTimeout"] = "00:00:20";
            settings[$"Models__{model}__FirstTokenTimeout"] = "00:00:30";
        }

        return process;
    }
}
