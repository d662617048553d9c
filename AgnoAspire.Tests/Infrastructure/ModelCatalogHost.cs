using System.Diagnostics.Metrics;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>A host with nothing but a model catalog, made of settings as configuration has them.</summary>
internal sealed class ModelCatalogHost : IAsyncDisposable
{
    private readonly IHost host;
    private readonly LogCollector logs;

    private ModelCatalogHost(IHost host, LogCollector logs)
    {
        this.host = host;
        this.logs = logs;
    }

    public ModelCatalog Catalog => host.Services.GetRequiredService<ModelCatalog>();

    public IMeterFactory Meters => host.Services.GetRequiredService<IMeterFactory>();

    public IEnumerable<string> Logs => logs.Lines;

    public static async Task<ModelCatalogHost> StartAsync(
        Dictionary<string, string?> settings, string environment = "Production", TimeProvider? timeProvider = null, Action<IServiceCollection>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = environment });
        var logs = new LogCollector();
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs);
        builder.Configuration.AddInMemoryCollection(settings);
        if (timeProvider is not null)
        {
            builder.Services.AddSingleton(timeProvider);
        }

        configure?.Invoke(builder.Services);
        builder.AddModelCatalog();
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new ModelCatalogHost(host, logs);
    }

    /// <summary>A host whose model <c>m</c> is served by a fake provider, tried once only.</summary>
    public static Task<ModelCatalogHost> StartAsync(Uri endpoint, TimeProvider? timeProvider = null, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Providers:fake:Endpoint"] = endpoint.ToString(),
            ["Providers:fake:ApiKey"] = Key,
            ["Models:m:Provider"] = "fake",
            ["Models:m:UpstreamModel"] = "upstream-m",
            ["Models:m:Retries"] = "0",
        };
        foreach (var (name, value) in more)
        {
            settings[name] = value;
        }

        return StartAsync(settings, timeProvider: timeProvider);
    }

    public const string Key = "sk-verysecret-0123456789";

    /// <summary>A completion of one message, with more fields of the protocol.</summary>
    public static ChatCompletion Prompt(string content = "Hello", string model = "m", params (string Name, object Value)[] fields) => Completion(
        [new Message(MessageRole.User, content)], [("model", model), .. fields]);

    public static ChatCompletion Completion(Message[] messages, params (string Name, object Value)[] fields) => ChatCompletion.Parse(
        JsonSerializer.SerializeToUtf8Bytes(fields.Prepend(("messages", messages)).ToDictionary(field => field.Item1, field => field.Item2)));

    public ServedModel Model(string name = "m") => Catalog.TryGet(name, out var model) ? model : throw new InvalidOperationException($"{name} is not served.");

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        host.Dispose();
    }

    private sealed class LogCollector : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
