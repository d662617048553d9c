using System.Net.Sockets;
using AgnoAspire.ChatJobs.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace AgnoAspire.AppHost;

/// <summary>Adds a local Redis-protocol server to the application.</summary>
internal static class LocalRedisExtensions
{
    /// <summary>Adds the server; what waits for it starts when it answers a PING.</summary>
    public static IResourceBuilder<LocalRedisResource> AddLocalRedis(this IDistributedApplicationBuilder builder, string name)
    {
        var program = RedisServerProgram.Find(Environment.GetEnvironmentVariable("PATH"));
        var resource = new LocalRedisResource(name, program);

        string? connectionString = null;
        builder.Eventing.Subscribe<ConnectionStringAvailableEvent>(
            resource, async (_, cancellationToken) => connectionString = await resource.ConnectionStringExpression.GetValueAsync(cancellationToken));
        var check = $"{name}_ping";
        builder.Services.AddHealthChecks().AddRedis(
            _ => connectionString ?? throw new InvalidOperationException("The server has no port yet."), check);

        return builder.AddResource(resource)
            .WithArgs(context =>
            {
                foreach (var argument in program.Arguments)
                {
                    context.Args.Add(argument);
                }

                context.Args.Add("--port");
                context.Args.Add(resource.Endpoint.Property(EndpointProperty.TargetPort));
            })
            .WithEndpoint(name: LocalRedisResource.EndpointName, scheme: "redis", protocol: ProtocolType.Tcp, isProxied: false)
            .WithHealthCheck(check)
            .WithIconName("Database")
            .WithUrlForEndpoint(LocalRedisResource.EndpointName, url => url.DisplayText = program.Title)
            .ExcludeFromManifest();
    }
}
