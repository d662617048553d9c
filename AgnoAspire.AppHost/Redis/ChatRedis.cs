using AgnoAspire.ChatJobs.Redis;
using Microsoft.Extensions.Configuration;

namespace AgnoAspire.AppHost;

/// <summary>The Redis that carries the jobs: one variable, whichever way it runs.</summary>
internal static class ChatRedis
{
    /// <summary>The resource's name and that of its connection string.</summary>
    public const string Name = "redis";

    /// <summary>Adds Redis as the settings say. A published application has none here: its chart says where it is.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddChatRedis(this IDistributedApplicationBuilder builder, AppHostSettings settings)
    {
        if (builder.ExecutionContext.IsPublishMode)
        {
            return builder.CreateResourceBuilder(new ConnectionStringResource(Name, ReferenceExpression.Create($"")));
        }

        var mode = settings.Redis;
        if (mode == RedisMode.Auto)
        {
            mode = string.IsNullOrEmpty(builder.Configuration.GetConnectionString(Name)) ? RedisMode.Local : RedisMode.External;
        }

        return mode switch
        {
            RedisMode.Container => builder.AddRedis(Name).WithDataVolume("agnoaspire-redis"),
            RedisMode.External => builder.AddConnectionString(Name),
            _ => builder.AddLocalRedis(Name),
        };
    }
}
