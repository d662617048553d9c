using System.Net;
using System.Net.Sockets;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>A redis-server with an append-only file.</summary>
internal static class RedisProcess
{
    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(directory => File.Exists(Path.Combine(directory, "redis-server")));

    /// <param name="port">Where it listens, on the loopback address.</param>
    /// <param name="fsync">always, everysec or no; empty for no append-only file.</param>
    /// <param name="directory">Where its data and output go.</param>
    public static ChildProcess Create(int port, string fsync, string directory)
    {
        string[] persistence = fsync.Length == 0 ? ["--appendonly", "no"] : ["--appendonly", "yes", "--appendfsync", fsync];
        return new ChildProcess(
            "redis",
            "redis-server",
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--dir", directory, "--loglevel", "notice", .. persistence],
            cancellationToken => AnswersAsync(port, cancellationToken),
            directory);
    }

    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
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
