using System.Net.Sockets;
using AgnoAspire.ChatJobs.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgnoAspire.AppHost.Redis;

/// <summary>The two kinds of Redis that Aspire has no resource for.</summary>
internal static class ChatRedis
{
    /// <summary>The name of the resource and of its connection string.</summary>
    public const string Name = "redis";

    /// <summary>Adds the server of <c>ConnectionStrings:redis</c>; it is healthy while it answers a PING.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddExternalRedis(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddConnectionString(name)
            .WithHealthCheck(builder.AddPing(name, () => RedisConnectionString.Normalize(builder.Configuration.GetConnectionString(name)!)));

    /// <summary>Adds a server as a process of this machine. What it keeps survives its restart, and is deleted with the application.</summary>
    public static IResourceBuilder<LocalRedisResource> AddLocalRedis(this IDistributedApplicationBuilder builder, string name)
    {
        var program = RedisServerProgram.Find(Environment.GetEnvironmentVariable("PATH"));
#pragma warning disable ASPIREFILESYSTEM001 // Under evaluation in Aspire, and what deletes the folder at the end.
        var resource = new LocalRedisResource(name, program, builder.FileSystemService.TempDirectory.CreateTempSubdirectory("agnoaspire-redis").Path);
#pragma warning restore ASPIREFILESYSTEM001

        string? connectionString = null;
        builder.Eventing.Subscribe<ConnectionStringAvailableEvent>(
            resource, async (_, cancellationToken) => connectionString = await resource.ConnectionStringExpression.GetValueAsync(cancellationToken));

        return builder.AddResource(resource)
            .WithArgs([.. program.Arguments, "--port", resource.Endpoint.Property(EndpointProperty.TargetPort)])
            .WithEndpoint(name: LocalRedisResource.EndpointName, scheme: "redis", protocol: ProtocolType.Tcp, isProxied: false)
            .WithHealthCheck(builder.AddPing(name, () => connectionString))
            .WithIconName("Database")
            .WithUrlForEndpoint(LocalRedisResource.EndpointName, url => url.DisplayText = program.Title)
            .ExcludeFromManifest();
    }

    private static string AddPing(this IDistributedApplicationBuilder builder, string name, Func<string?> connectionString)
    {
        var check = $"{name}_ping";
        builder.Services.AddHealthChecks().AddRedis(_ => connectionString() ?? throw new InvalidOperationException("The server has no port yet."), check);
        return check;
    }
}

/// <summary>Where the application's Redis comes from.</summary>
internal enum RedisMode
{
    /// <summary><see cref="External"/> if <c>ConnectionStrings:redis</c> is set, else <see cref="Local"/>: nothing must be installed.</summary>
    Auto,

    /// <summary>A process of this machine: the first of redis-server, valkey-server and garnet-server that is installed, else Garnet as a .NET tool.</summary>
    Local,

    /// <summary>A container; needs Docker or Podman.</summary>
    Container,

    /// <summary>The server that <c>ConnectionStrings:redis</c> names.</summary>
    External,
}

/// <summary>A Redis-protocol server that runs as a process of this machine, on a free port of the loopback interface.</summary>
internal sealed class LocalRedisResource(string name, RedisServerProgram server, string directory)
    : ExecutableResource(name, server.Command, directory), IResourceWithConnectionString
{
    /// <summary>The name of the one endpoint.</summary>
    public const string EndpointName = "tcp";

    /// <summary>Gets the endpoint the server listens on itself: no proxy, so that a dropped connection is seen as one.</summary>
    public EndpointReference Endpoint => new(this, EndpointName);

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)}");
}

/// <summary>
/// A program that speaks the Redis protocol, as the dashboard calls it, and how to start it so that a restart loses nothing; the arguments are
/// complete but for the port. Files are kept in the working directory.
/// </summary>
internal sealed record RedisServerProgram(string Title, string Command, IReadOnlyList<string> Arguments)
{
    private static readonly string[] Redis = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"];

    // Jobs are moved by Lua scripts that must be atomic. The device is the one that needs no native library.
    private static readonly string[] Garnet =
        ["--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--aof", "--recover", "--device-type", "RandomAccess"];

    /// <summary>Finds the server to use: an installed one, else Garnet, which the .NET SDK fetches as a tool on first use.</summary>
    public static RedisServerProgram Find(string? searchPath)
    {
        var directories = (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Installed("Redis", "redis-server", Redis)
            ?? Installed("Valkey", "valkey-server", Redis)
            ?? Installed("Garnet", "garnet-server", Garnet)
            ?? new RedisServerProgram("Garnet", "dotnet", ["tool", "exec", "garnet-server@2.2.8", "--yes", "--", .. Garnet]);

        RedisServerProgram? Installed(string title, string command, string[] arguments)
        {
            var file = OperatingSystem.IsWindows() ? $"{command}.exe" : command;
            var path = directories.Select(directory => Path.Combine(directory, file)).FirstOrDefault(File.Exists);
            return path is null ? null : new RedisServerProgram(title, path, arguments);
        }
    }
}
