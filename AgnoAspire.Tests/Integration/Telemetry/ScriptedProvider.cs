using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>A provider that speaks the OpenAI protocol over HTTP and says fifty words.</summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    public const string Answer = "secret-answer";
    private const int Words = 50;

    private readonly WebApplication app;

    private ScriptedProvider(WebApplication app) => this.app = app;

    public Uri Endpoint => new(app.Urls.First());

    public static async Task<ScriptedProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/chat/completions", AnswerAsync);
        await app.StartAsync();
        return new ScriptedProvider(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        for (var i = 0; i < Words; i++)
        {
            await SendAsync(context, $$$"""{"delta":{"role":"assistant","content":"{{{Answer}}} "},"index":0,"finish_reason":null}""");
        }

        await SendAsync(context, """{"delta":{},"index":0,"finish_reason":"stop"}""");
        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
    }

    private static async Task SendAsync(HttpContext context, string choice)
    {
        await context.Response.WriteAsync(
            $$"""data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{choice}}]}""" + "\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
