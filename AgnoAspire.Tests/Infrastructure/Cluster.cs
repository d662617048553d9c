using AgnoAspire.Standalone;
using AgnoAspire.Tests.Contract;
using AgnoAspire.Tests.Fakes;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>The application as it runs in production: one Redis, API services and workers as processes, and a fake provider.</summary>
public sealed class Cluster : IAsyncDisposable
{
    public const string FakeModel = "fake";

    private readonly List<IAsyncDisposable> parts = [];
    private readonly Dictionary<string, string> settings;
    private readonly EmbeddedRedis? embedded;

    private Cluster(RedisServer? redis, EmbeddedRedis? embedded, FakeOpenAI provider, Action<Dictionary<string, string>>? configure)
    {
        Redis = redis;
        this.embedded = embedded;
        Provider = provider;
        settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__redis"] = redis?.ConnectionString ?? embedded!.ConnectionString,
            ["ChatJobs__KeyPrefix"] = ChatJobsHost.NewPrefix(),
            ["Models__gpt-3.5-turbo__Provider"] = "demo",
            ["Providers__fake__Endpoint"] = provider.Endpoint.ToString(),
            ["Providers__fake__ApiKey"] = "sk-test-secret",
            [$"Models__{FakeModel}__Provider"] = "fake",
            [$"Models__{FakeModel}__Retries"] = "0",
            [$"Models__{FakeModel}__FirstTokenTimeout"] = "00:00:20",
            [$"Models__{FakeModel}__IdleTimeout"] = "00:00:02",
        };
        configure?.Invoke(settings);
    }

    public RedisServer? Redis { get; }

    public FakeOpenAI Provider { get; }

    public List<AppProcess> Apis { get; } = [];

    public List<AppProcess> Workers { get; } = [];

    public string ConnectionString => settings["ConnectionStrings__redis"];

    public string KeyPrefix => settings["ChatJobs__KeyPrefix"];

    public static async Task<Cluster> StartAsync(
        int apis = 2, int workers = 2, Action<Dictionary<string, string>>? configure = null, bool appendOnly = false)
    {
        var redis = RedisServer.IsInstalled ? await RedisServer.StartAsync(appendOnly) : null;
        var cluster = new Cluster(redis, redis is null ? EmbeddedRedis.Start() : null, await FakeOpenAI.StartAsync(), configure);
        await Task.WhenAll(
            Task.WhenAll(Enumerable.Range(0, workers).Select(_ => cluster.AddWorkerAsync())),
            Task.WhenAll(Enumerable.Range(0, apis).Select(_ => cluster.AddApiAsync())));
        return cluster;
    }

    public async Task<AppProcess> AddApiAsync(int? port = null) => Add(Apis, await AppProcess.StartAsync("AgnoAspire.ApiService", settings, port));

    public async Task<AppProcess> AddWorkerAsync() => Add(Workers, await AppProcess.StartAsync("AgnoAspire.Worker", settings));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(parts.Select(part => part.DisposeAsync().AsTask()));
        await Provider.DisposeAsync();
        embedded?.Dispose();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }

    private AppProcess Add(List<AppProcess> list, AppProcess app)
    {
        lock (parts)
        {
            parts.Add(app);
            list.Add(app);
        }

        return app;
    }
}

/// <summary>A cluster that the tests of one class share, one after another.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private Cluster? cluster;

    public Cluster Cluster => cluster!;

    public async ValueTask InitializeAsync() => cluster = await Cluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null)
        {
            await cluster.DisposeAsync();
        }
    }
}
