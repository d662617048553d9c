using AgnoAspire.Standalone;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>A Redis-protocol server that a test class shares; each test takes a key prefix of its own.</summary>
public abstract class ServerFixture : IAsyncLifetime
{
    public abstract string ConnectionString { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>Garnet, inside the test process.</summary>
public sealed class EmbeddedFixture : ServerFixture
{
    private EmbeddedRedis? server;

    public override string ConnectionString => server!.ConnectionString;

    public override ValueTask InitializeAsync()
    {
        server = EmbeddedRedis.Start();
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        server?.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A real redis-server, where the machine has one.</summary>
public sealed class RedisFixture : ServerFixture
{
    private ServerProcess? server;

    public int Port => server!.Address.Port;

    public override string ConnectionString => server!.Address.Authority;

    public override async ValueTask InitializeAsync()
    {
        if (RedisServer.IsInstalled)
        {
            server = await RedisServer.StartAsync();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }
}
