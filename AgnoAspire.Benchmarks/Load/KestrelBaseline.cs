using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>The most that Kestrel and our client allow: events of the chat API from memory, each flushed as if it had come alone.</summary>
internal sealed class KestrelBaseline : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri address = new($"http://127.0.0.1:{Ports.Free()}");

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
        var baseline = new KestrelBaseline();
        await baseline.app.StartAsync();
        return baseline;
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
        var decoder = new SseDecoder(static _ => { });
        var total = 0;
        while (await decoder.ReadAsync(body, cancellationToken) is >= 0 and var count)
        {
            total += count;
        }

        if (total != chunks)
        {
            throw new InvalidOperationException($"Kestrel delivered {total} of {chunks} events.");
        }
    }
}
