using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

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

/// <summary>The most that Redis and its client allow: every chunk pushed on a list, published and received, and nothing else.</summary>
internal sealed class RedisBaseline : IAsyncDisposable
{
    private static readonly byte[] Chunk = Encoding.UTF8.GetBytes("{\"content\":\"1234567890123 \",\"done\":false,\"model\":\"bench\"}");

    private readonly ConnectionMultiplexer writer;
    private readonly ConnectionMultiplexer reader;

    private RedisBaseline(ConnectionMultiplexer writer, ConnectionMultiplexer reader)
    {
        this.writer = writer;
        this.reader = reader;
    }

    public static async Task<RedisBaseline> StartAsync(string connectionString) => new(
        await ConnectionMultiplexer.ConnectAsync(connectionString), await ConnectionMultiplexer.ConnectAsync(connectionString));

    public Task RunAsync(int streams, int chunks, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, streams).Select(stream => StreamAsync($"baseline:{{{stream}}}", chunks, cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        await reader.DisposeAsync();
    }

    private async Task StreamAsync(string name, int chunks, CancellationToken cancellationToken)
    {
        var database = writer.GetDatabase();
        var channel = RedisChannel.Literal(name + ":live");
        var messages = await reader.GetSubscriber().SubscribeAsync(channel);
        var receiving = ReceiveAsync(messages, chunks, cancellationToken);
        for (var i = 0; i < chunks; i++)
        {
            // As our writer: one append of a stream at a time.
            var pushing = database.ListRightPushAsync(name, Chunk);
            await database.PublishAsync(channel, Chunk);
            await pushing;
        }

        await receiving;
        await messages.UnsubscribeAsync();
        await database.KeyDeleteAsync(name);
    }

    private static async Task ReceiveAsync(ChannelMessageQueue messages, int chunks, CancellationToken cancellationToken)
    {
        for (var i = 0; i < chunks; i++)
        {
            await messages.ReadAsync(cancellationToken);
        }
    }
}
