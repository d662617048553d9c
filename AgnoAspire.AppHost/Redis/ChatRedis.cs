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
        builder.AddConnectionString(name).WithHealthCheck(builder.AddPing(name, () => RedisConnectionString.Normalize(builder.Configuration.GetConnectionString(name)!)));

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
