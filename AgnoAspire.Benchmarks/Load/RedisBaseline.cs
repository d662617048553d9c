using StackExchange.Redis;

namespace AgnoAspire.Benchmarks.Load;

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

    /// <summary>Gets the processor time of this process, which does the client's work here.</summary>
    public static TimeSpan ProcessorTime => Process.GetCurrentProcess().TotalProcessorTime;

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
