using System.Buffers;
using AgnoAspire.Benchmarks.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>The most that Kestrel and our client allow: the native face's events from memory, each flushed as it would be when they come one by one.</summary>
internal sealed class KestrelBaseline : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri address = new($"http://127.0.0.1:{FreePorts.Next()}");

    private KestrelBaseline()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Urls.Add(address.OriginalString);
        app.MapGet("/{count:int}", WriteAsync);
    }

    public static async Task<KestrelBaseline> StartAsync()
    {
        var limit = new KestrelBaseline();
        await limit.app.StartAsync();
        return limit;
    }

    public Task RunAsync(int streams, int chunks, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, streams).Select(_ => ReadAsync(chunks, cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
    }

    private static async Task WriteAsync(HttpContext context, int count)
    {
        context.Response.ContentType = "text/event-stream";
        for (var i = 0; i < count; i++)
        {
            context.Response.BodyWriter.Write("id: 1234\ndata: {\"content\":\"1234567890123 \",\"done\":false,\"model\":\"bench\"}\n\n"u8);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    private async Task ReadAsync(int chunks, CancellationToken cancellationToken)
    {
        await using var body = await http.GetStreamAsync(new Uri(address, $"/{chunks}"), cancellationToken);
        var events = new EventReader(body, static (_, _) => { });
        var total = 0;
        while (await events.ReadAsync(cancellationToken) is >= 0 and var count)
        {
            total += count;
        }

        if (total != chunks)
        {
            throw new InvalidOperationException($"Kestrel brought {total} of {chunks} events.");
        }
    }
}
