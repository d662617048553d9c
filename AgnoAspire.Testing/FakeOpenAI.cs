using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Testing;

/// <summary>What a fake provider does with one request.</summary>
public delegate Task FakeAnswer(FakeExchange exchange);

/// <summary>
/// A server that speaks OpenAI's chat completions protocol over real HTTP on a loopback port. It answers a request with the next queued answer,
/// or else the model's, or else <see cref="Default"/>.
/// </summary>
public sealed class FakeOpenAI : IAsyncDisposable
{
    public const string HealthPath = "/health";

    private readonly WebApplication app;
    private readonly ConcurrentQueue<FakeAnswer> queued = new();
    private readonly ConcurrentDictionary<string, FakeAnswer> byModel = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<FakeExchange> exchanges = new();
    private readonly Channel<FakeExchange> arrivals = Channel.CreateUnbounded<FakeExchange>();

    private FakeOpenAI(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        app = builder.Build();
        app.MapPost("/v1/chat/completions", AnswerAsync);
        app.MapPost("/openai/v1/chat/completions", AnswerAsync);
        app.MapGet("/api/tags", () => Results.Json(new { models = Tags.Select(name => new { name, model = name }) }));
        app.MapGet(HealthPath, () => "ok");
    }

    /// <summary>Gets the address for clients, ending in <c>/v1</c>.</summary>
    public Uri Endpoint => new(new Uri(app.Urls.Single()), "/v1");

    /// <summary>Gets or sets the answer to requests for which nothing else was set.</summary>
    public FakeAnswer Default { get; set; } = exchange => exchange.SendAnswerAsync("Hello", " there", ".");

    /// <summary>Gets or sets the names that <c>GET /api/tags</c> lists as Ollama does.</summary>
    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>Gets every request so far, in order of arrival.</summary>
    public IReadOnlyCollection<FakeExchange> Exchanges => exchanges;

    /// <summary>Starts a server on a free port; disposing it aborts the answers under way.</summary>
    public static Task<FakeOpenAI> StartAsync(CancellationToken cancellationToken = default) => StartAsync(port: 0, cancellationToken);

    public static async Task<FakeOpenAI> StartAsync(int port, CancellationToken cancellationToken)
    {
        var fake = new FakeOpenAI(port);
        await fake.app.StartAsync(cancellationToken);
        return fake;
    }

    /// <summary>Queues the answer to the next request.</summary>
    public FakeOpenAI Then(FakeAnswer answer)
    {
        queued.Enqueue(answer);
        return this;
    }

    /// <summary>Sets the answer to requests for a model.</summary>
    public FakeOpenAI For(string model, FakeAnswer answer)
    {
        byModel[model] = answer;
        return this;
    }

    /// <summary>Waits for the next request that was not waited for yet.</summary>
    public ValueTask<FakeExchange> NextAsync(CancellationToken cancellationToken) => arrivals.Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // A stop that may not wait aborts the connections, and with them the answers under way.
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var exchange = new FakeExchange(context, await reader.ReadToEndAsync(context.RequestAborted));
        exchanges.Enqueue(exchange);
        arrivals.Writer.TryWrite(exchange);
        var answer = queued.TryDequeue(out var next) ? next : byModel.GetValueOrDefault(exchange.Model) ?? Default;
        try
        {
            await answer(exchange);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client hung up; Aborted reports it.
        }
    }
}
