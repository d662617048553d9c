using System.Net.Sockets;

namespace AgnoAspire.Tests.EndToEnd.Authentication;

/// <summary>Hears every command a redis-server runs, in order, those of scripts included.</summary>
internal sealed class RedisMonitor : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly int port;
    private readonly TcpClient client;
    private readonly StreamReader reader;
    private readonly List<string> lines = [];

    private RedisMonitor(int port, TcpClient client)
    {
        this.port = port;
        this.client = client;
        reader = new StreamReader(client.GetStream(), Encoding.Latin1);
    }

    public static async Task<RedisMonitor> StartAsync(int port, CancellationToken cancellationToken)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        var monitor = new RedisMonitor(port, client);
        await client.GetStream().WriteAsync("MONITOR\r\n"u8.ToArray(), cancellationToken);
        Assert.Equal("+OK", await monitor.reader.ReadLineAsync(cancellationToken));
        return monitor;
    }

    /// <summary>The commands so far that name something, which stands as <c>*</c> in them.</summary>
    public async Task<IReadOnlyList<RedisCommand>> CommandsAboutAsync(string name, CancellationToken cancellationToken)
    {
        // What was run before a mark has been heard when the mark is.
        var mark = $"mark-{Guid.NewGuid():n}";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var marker = new TcpClient();
        await marker.ConnectAsync("127.0.0.1", port, limit.Token);
        await marker.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"ECHO {mark}\r\n"), limit.Token);
        while (lines.Count == 0 || !lines[^1].Contains(mark, StringComparison.Ordinal))
        {
            lines.Add(await reader.ReadLineAsync(limit.Token) ?? throw new IOException("redis-server hung up."));
        }

        return [.. lines.Where(line => line.Contains(name, StringComparison.Ordinal)).Select(line => Read(line, name))];
    }

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    // 1700000000.000000 [0 127.0.0.1:50000] "GET" "key"
    private static RedisCommand Read(string line, string name)
    {
        var (begin, end) = (line.IndexOf('[', StringComparison.Ordinal), line.IndexOf(']', StringComparison.Ordinal));
        return new RedisCommand(line[(begin + 1)..end].Split(' ')[1], line[(end + 2)..].Replace(name, "*", StringComparison.Ordinal));
    }
}

/// <summary>A command that was run.</summary>
/// <param name="From">The address of the connection it came over.</param>
/// <param name="Text">The command.</param>
internal sealed record RedisCommand(string From, string Text);
