using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Benchmarks.Provider;

/// <summary>
/// A provider that speaks OpenAI's protocol and answers every prompt always alike, at the pace the prompt names. Asked again for an answer it
/// broke off, it gives what it gave before at once, as from a cache: what a viewer then waits for is ours.
/// </summary>
internal sealed class FakeProvider : IAsyncDisposable
{
    public const string HealthPath = "/health";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<Generation, byte> live = new();
    private readonly ConcurrentDictionary<long, int> brokenOff = new();

    private FakeProvider(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        app.MapPost("/v1/chat/completions", AnswerAsync);
        app.MapGet(HealthPath, () => "ok");
        Endpoint = new Uri($"http://127.0.0.1:{port}/v1");
    }

    public Uri Endpoint { get; }

    /// <summary>Gets or sets who is told that a worker hung up in mid-answer.</summary>
    public Action<Generation> OnAborted { get; set; } = _ => { };

    /// <summary>Gets the answers under way.</summary>
    public ICollection<Generation> Live => live.Keys;

    public static async Task<FakeProvider> StartAsync(int port)
    {
        var provider = new FakeProvider(port);
        await provider.app.StartAsync();
        return provider;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var answer = await ReadAsync(context);
        var generation = new Generation(answer);
        live[generation] = 0;
        try
        {
            context.Response.ContentType = "text/event-stream";
            await SendAsync(context, generation);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (answer.Stream != Answer.Clock)
            {
                brokenOff.AddOrUpdate(answer.Stream, generation.Given, (_, before) => Math.Max(before, generation.Given));
            }

            OnAborted(generation);
        }
        finally
        {
            live.TryRemove(generation, out _);
        }
    }

    private static async Task<Answer> ReadAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var content = body.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content");
        return Answer.Read(content.ValueKind == JsonValueKind.String ? content.GetString()! : content[0].GetProperty("text").GetString()!);
    }

    private async Task SendAsync(HttpContext context, Generation generation)
    {
        var answer = generation.Answer;
        var cached = brokenOff.GetValueOrDefault(answer.Stream);
        var events = new CompletionEvents(context.Response.BodyWriter);
        using var pace = answer.Pace > TimeSpan.Zero ? new PeriodicTimer(answer.Pace, TimeProvider.System) : null;
        for (var i = 0; i < answer.Words; i++)
        {
            if (pace is not null && i > 0 && i >= cached)
            {
                await pace.WaitForNextTickAsync(context.RequestAborted);
            }

            if (generation.Misdeed != ProviderFault.None)
            {
                await MisbehaveAsync(context, generation.Misdeed);
                return;
            }

            events.Text(answer.Word(i));
            generation.Given = i + 1;
            await FlushAsync(context.Response.BodyWriter, context.RequestAborted);
        }

        if (cached > 0)
        {
            brokenOff.TryRemove(answer.Stream, out _);
        }

        events.End(answer.Words);
        await FlushAsync(context.Response.BodyWriter, context.RequestAborted);
    }

    private static async Task MisbehaveAsync(HttpContext context, ProviderFault misdeed)
    {
        switch (misdeed)
        {
            case ProviderFault.Cut:
                context.Abort();
                break;

            case ProviderFault.Stall:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                break;

            default:
                await context.Response.BodyWriter.WriteAsync("data: {\"choices\":[{\"delta\":}}}\n\n"u8.ToArray(), context.RequestAborted);
                break;
        }
    }

    private static async ValueTask FlushAsync(PipeWriter output, CancellationToken aborted)
    {
        await output.FlushAsync(aborted);
        aborted.ThrowIfCancellationRequested();
    }
}
