using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using AgnoAspire.ApiService;
using AgnoAspire.ServiceDefaults;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>API and worker in one process, as Standalone composes them, over a provider on the network, with collectors where exporters would be.</summary>
internal sealed class TelemetryHost : IAsyncDisposable
{
    public const string Prompt = "secret-prompt";

    private readonly WebApplication app;
    private readonly ScriptedProvider provider;

    private TelemetryHost(WebApplication app, ScriptedProvider provider, SpanCollector spans, LogCollector logs)
    {
        this.app = app;
        this.provider = provider;
        Spans = spans;
        Logs = logs;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public string Model { get; private init; } = "";

    public SpanCollector Spans { get; }

    public LogCollector Logs { get; }

    public HttpClient Client { get; }

    public IMeterFactory Meters => app.Services.GetRequiredService<IMeterFactory>();

    public static async Task<TelemetryHost> StartAsync(ServerFixture server, params (string Key, string Value)[] settings)
    {
        var provider = await ScriptedProvider.StartAsync();
        var model = $"model-{ChatJobsHost.NewPrefix()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = server.ConnectionString,
            ["ChatJobs:KeyPrefix"] = ChatJobsHost.NewPrefix(),
            ["ChatApi:AllowAnonymous"] = "true",
            ["Providers:scripted:Endpoint"] = provider.Endpoint.AbsoluteUri,
            [$"Models:{model}:Provider"] = "scripted",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)));
        builder.AddServiceDefaults();
        builder.AddChatApi();
        builder.AddInferenceWorker();
        var spans = new SpanCollector();
        var logs = new LogCollector();
        builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(spans));
        builder.Services.ConfigureOpenTelemetryLoggerProvider(logging => logging.AddProcessor(logs));
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapChatApi();
        await app.StartAsync();
        return new TelemetryHost(app, provider, spans, logs) { Model = model };
    }

    /// <summary>Sends a chat and reads its stream to the end.</summary>
    /// <returns>The job, and how many chunks came.</returns>
    public async Task<(string JobId, int ChunkCount)> ChatAsync(CancellationToken cancellationToken)
    {
        var body = new { model = Model, stream = true, messages = new[] { new { role = "user", content = Prompt } } };
        using var response = await Client.PostAsJsonAsync("/api/v1/chat", body, cancellationToken);
        var text = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
        Assert.Contains("\"done\":true", text, StringComparison.Ordinal);
        return (response.Headers.GetValues("X-Stream-Id").Single(), text.Split("\ndata: ").Length - 1);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        await provider.DisposeAsync();
    }
}
