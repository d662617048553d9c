using System.Net;
using System.Net.Sockets;

namespace AgnoAspire.Testing;

/// <summary>A real redis-server on a free loopback port. Its address' authority is its connection string.</summary>
public static class RedisServer
{
    /// <summary>Gets a value indicating whether this machine has a redis-server.</summary>
    public static bool IsInstalled { get; } = ProcessRunner.Find("redis-server") is not null;

    /// <summary>
    /// A server that is not started yet, by default without an append-only file (appendfsync is always, everysec or no), with its data and output in a
    /// folder that is deleted with it.
    /// </summary>
    public static ServerProcess Create(string? appendFsync = null, string? directory = null, params string[] more)
    {
        var port = Ports.Free();
        string[] persistence = appendFsync is null ? ["--appendonly", "no"] : ["--appendonly", "yes", "--appendfsync", appendFsync];
        return new ServerProcess(
            "redis",
            new Uri($"redis://127.0.0.1:{port}"),
            "redis-server",
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--loglevel", "notice", .. persistence, .. more],
            cancellationToken => AnswersAsync(port, cancellationToken),
            directory);
    }

    public static async Task<ServerProcess> StartAsync(string? appendFsync = null)
    {
        var server = Create(appendFsync);
        await server.StartAsync();
        return server;
    }

    /// <summary>Whether a server on a loopback port answers PING.</summary>
    internal static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            await using var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var answer = new byte[7];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return answer.AsSpan().SequenceEqual("+PONG\r\n"u8);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
