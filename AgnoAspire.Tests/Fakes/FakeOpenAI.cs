using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Tests.Fakes;

/// <summary>What a fake provider does with one request.</summary>
/// <param name="exchange">The request, and the means to answer it.</param>
/// <returns>When the answer is over.</returns>
public delegate Task FakeAnswer(FakeExchange exchange);

/// <summary>
/// A server that speaks OpenAI's chat completions protocol over real HTTP on a loopback port, and does to each request what its script says:
/// the next queued answer, or else the model's, or else <see cref="Default"/>.
/// </summary>
public sealed class FakeOpenAI : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<FakeAnswer> queued = new();
    private readonly ConcurrentDictionary<string, FakeAnswer> byModel = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<FakeExchange> exchanges = new();
    private readonly Channel<FakeExchange> arrivals = Channel.CreateUnbounded<FakeExchange>();

    private FakeOpenAI(WebApplication app) => this.app = app;

    /// <summary>Gets the address for clients, ending in <c>/v1</c>.</summary>
    public Uri Endpoint { get; private set; } = new("about:blank");

    /// <summary>Gets or sets the answer to requests for which nothing else was set.</summary>
    public FakeAnswer Default { get; set; } = FakeAnswers.Text("Hello", " there", ".");

    /// <summary>Gets or sets the names that <c>GET /api/tags</c> lists as Ollama does.</summary>
    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>Gets every request so far, in order of arrival.</summary>
    public IReadOnlyCollection<FakeExchange> Exchanges => exchanges;

    /// <summary>Starts a server.</summary>
    /// <param name="cancellationToken">Gives up on the start.</param>
    /// <returns>The server; disposing it stops it and aborts what is under way.</returns>
    public static async Task<FakeOpenAI> StartAsync(CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var fake = new FakeOpenAI(app);
        app.MapPost("/v1/chat/completions", fake.AnswerAsync);
        app.MapPost("/openai/v1/chat/completions", fake.AnswerAsync);
        app.MapGet("/api/tags", () => Results.Json(new { models = fake.Tags.Select(name => new { name, model = name }) }));
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        fake.Endpoint = new Uri(new Uri(address), "/v1");
        return fake;
    }

    /// <summary>Queues the answer to the next request that finds it first in the queue.</summary>
    /// <param name="answer">The answer.</param>
    /// <returns>This server.</returns>
    public FakeOpenAI Then(FakeAnswer answer)
    {
        queued.Enqueue(answer);
        return this;
    }

    /// <summary>Sets the answer to requests for a model.</summary>
    /// <param name="model">The model's name as requests have it.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>This server.</returns>
    public FakeOpenAI For(string model, FakeAnswer answer)
    {
        byModel[model] = answer;
        return this;
    }

    /// <summary>Waits for a request that was not waited for yet.</summary>
    /// <param name="cancellationToken">Bounds the wait.</param>
    /// <returns>The request.</returns>
    public ValueTask<FakeExchange> NextAsync(CancellationToken cancellationToken) => arrivals.Reader.ReadAsync(cancellationToken);

    /// <inheritdoc/>
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
            exchange.Finish();
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, as its exchange tells.
        }
    }
}
