using AgnoAspire.Standalone;

namespace AgnoAspire.Testing;

/// <summary>The application as it runs in production: one Redis, API replicas and workers as processes, and a fake provider.</summary>
public sealed class Cluster : IAsyncDisposable
{
    public const string FakeModel = "fake";

    private readonly Dictionary<string, string> settings;
    private readonly EmbeddedRedis? embedded;
    private readonly Lock access = new();

    private Cluster(
        ServerProcess? redis, EmbeddedRedis? embedded, string? connectionString, FakeOpenAI provider, DirectoryInfo directory,
        Action<Dictionary<string, string>>? configure)
    {
        Redis = redis;
        this.embedded = embedded;
        Provider = provider;
        OutputDirectory = directory;
        settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__redis"] = connectionString ?? redis?.Address.Authority ?? embedded!.ConnectionString,
            ["ChatJobs__KeyPrefix"] = ChatJobsHost.NewPrefix(),
            ["Providers__fake__Endpoint"] = provider.Endpoint.OriginalString,
            ["Providers__fake__ApiKey"] = "sk-test-secret",
            ["Models__gpt-3.5-turbo__Provider"] = "demo",
            [$"Models__{FakeModel}__Provider"] = "fake",
            [$"Models__{FakeModel}__Retries"] = "0",
            [$"Models__{FakeModel}__FirstTokenTimeout"] = "00:00:20",
            [$"Models__{FakeModel}__IdleTimeout"] = "00:00:02",
        };
        configure?.Invoke(settings);
    }

    /// <summary>Gets the redis-server; <see langword="null"/> where none is installed, and Garnet serves instead, or for a Redis of the caller.</summary>
    public ServerProcess? Redis { get; }

    public FakeOpenAI Provider { get; }

    public List<ServerProcess> Apis { get; } = [];

    public List<ServerProcess> Workers { get; } = [];

    public string ConnectionString => settings["ConnectionStrings__redis"];

    public string KeyPrefix => settings["ChatJobs__KeyPrefix"];

    /// <summary>Gets the folder with the output of all processes.</summary>
    public DirectoryInfo OutputDirectory { get; }

    /// <summary>Gets or sets a value indicating whether <see cref="OutputDirectory"/> remains.</summary>
    public bool KeepsOutput { get; set; }

    /// <summary>
    /// Starts everything, by default without an append-only file; <paramref name="configure"/> adds to the environment variables. With a
    /// <paramref name="connectionString"/>, Redis is the caller's.
    /// </summary>
    public static async Task<Cluster> StartAsync(
        int apis = 2, int workers = 2, Action<Dictionary<string, string>>? configure = null, string? appendFsync = null, string? connectionString = null)
    {
        var directory = Directory.CreateTempSubdirectory("agno-cluster-");
        var redis = RedisServer.IsInstalled && connectionString is null ? RedisServer.Create(appendFsync, directory.FullName) : null;
        var embedded = redis is null && connectionString is null ? EmbeddedRedis.Start() : null;
        var cluster = new Cluster(redis, embedded, connectionString, await FakeOpenAI.StartAsync(), directory, configure);
        try
        {
            await (redis?.StartAsync() ?? Task.CompletedTask);
            await Task.WhenAll(
                Task.WhenAll(Enumerable.Range(0, workers).Select(_ => cluster.AddWorkerAsync())),
                Task.WhenAll(Enumerable.Range(0, apis).Select(_ => cluster.AddApiAsync())));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Task<ServerProcess> AddApiAsync(int? port = null) => AddAsync(Apis, "AgnoAspire.ApiService", "api", port);

    public Task<ServerProcess> AddWorkerAsync() => AddAsync(Workers, "AgnoAspire.Worker", "worker");

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Apis.Concat(Workers).Select(process => process.DisposeAsync().AsTask()));
        await Provider.DisposeAsync();
        embedded?.Dispose();
        await (Redis?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (!KeepsOutput)
        {
            OutputDirectory.Delete(recursive: true);
        }
    }

    private async Task<ServerProcess> AddAsync(List<ServerProcess> list, string project, string name, int? port = null)
    {
        ServerProcess process;
        lock (access)
        {
            process = AppProcess.Create(project, settings, $"{name}{list.Count + 1}", port, OutputDirectory.FullName);
            list.Add(process);
        }

        await process.StartAsync();
        return process;
    }
}
