using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>The one place where the services get their Redis from, through the Aspire integration.</summary>
internal static class RedisExtensions
{
    public const string ConnectionName = "redis";

    // The name that StackExchange.Redis has for it, so that other clients of the same servers agree.
    public const string TieBreaker = "__Booksleeve_TieBreak";

    /// <summary>Adds the connection to Redis named by <c>ConnectionStrings:redis</c>.</summary>
    /// <exception cref="InvalidOperationException">No connection string is set, or it is not valid.</exception>
    public static void AddRedis(this IHostApplicationBuilder builder)
    {
        var connectionString = builder.Configuration.GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            throw new InvalidOperationException(
                "No Redis is configured. Set the environment variable ConnectionStrings__redis (for example to localhost:6379), "
                + "or run AgnoAspire.Standalone, which brings its own.");
        }

        // Health and telemetry are ours; the integration brings the connection. A password with a comma does not fit into its connection string.
        var parsed = RedisConnectionString.Parse(connectionString);
        builder.AddRedisClient(
            ConnectionName,
            settings =>
            {
                settings.ConnectionString = parsed.ToString(includePassword: false);
                settings.DisableTracing = settings.DisableHealthChecks = true;
            },
            options =>
            {
                options.User = parsed.User;
                options.Password = parsed.Password;
                Configure(options);
            });
        builder.Services.AddHealthChecks().AddCheck<RedisHealthCheck>("redis");
    }

    /// <summary>Opens another connection, for commands that block, or to find out why there is none.</summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable, and the connection may not come later.</exception>
    public static async Task<ConnectionMultiplexer> ConnectSeparatelyAsync(this IConfiguration configuration, bool mayConnectLater = true)
    {
        var options = RedisConnectionString.Parse(configuration.GetConnectionString(ConnectionName)!);
        Configure(options);
        options.AbortOnConnectFail = !mayConnectLater;
        options.ConnectRetry = mayConnectLater ? options.ConnectRetry : 1;
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(options);
        }
        catch (RedisException exception)
        {
            throw ChatJobsUnavailableException.From(exception);
        }
    }

    private static void Configure(ConfigurationOptions options)
    {
        // A service outlives its Redis: it starts without one, and comes back quickly after an outage.
        options.AbortOnConnectFail = false;
        options.ReconnectRetryPolicy = new LinearRetry(250);
        options.ConnectTimeout = 2000;
        options.TieBreaker = TieBreaker;

        // A role that two listed servers have swapped is noticed within the sum of both, and the service heals within 5 s.
        options.ConfigCheckSeconds = 1;
        options.HeartbeatInterval = TimeSpan.FromSeconds(1);
    }
}
