using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgnoAspire.Standalone;

/// <summary>
/// A Redis-protocol server (Garnet) inside this process, on a free loopback port. For first tries, tests and small installations: it keeps
/// everything in memory, forgets it at the end, and drops keys in silence if its memory is ever full.
/// </summary>
public sealed class EmbeddedRedis : IDisposable
{
    private readonly GarnetServer server;
    private bool disposed;

    private EmbeddedRedis(GarnetServer server, int port)
    {
        this.server = server;
        ConnectionString = $"127.0.0.1:{port}";
    }

    /// <summary>Gets the connection string for this server.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts a server. The first one of a process takes about half a second, later ones some milliseconds.</summary>
    public static EmbeddedRedis Start()
    {
        var port = FreePort();
        var options = new GarnetServerOptions
        {
            EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
            EnableLua = true,
            LuaOptions = new LuaOptions(),

            // Scripts are atomic in this mode only.
            LuaTransactionMode = true,
            LogMemorySize = "1g",
            PageSize = "4m",
            IndexMemorySize = "16m",
            QuietMode = true,
        };
        var server = new GarnetServer(options, NullLoggerFactory.Instance);
        server.Start();
        return new EmbeddedRedis(server, port);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Garnet throws when it is disposed twice.
        if (!disposed)
        {
            disposed = true;
            server.Dispose();
        }
    }

    // Garnet does not tell which port it was given for port 0, so a free one is found first.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
