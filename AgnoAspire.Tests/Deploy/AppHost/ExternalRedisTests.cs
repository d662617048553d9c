using Aspire.Hosting.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>A Redis that runs already is healthy only while it answers with the configured password.</summary>
public sealed class ExternalRedisTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task External_Redis_is_unhealthy_until_the_password_is_right()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "This machine has no redis-server.");
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, TestContext.Current.CancellationToken);
        await using var redis = await RedisServer.StartAsync();
        await using var administrator = await ConnectionMultiplexer.ConnectAsync($"{redis.Address.Authority},allowAdmin=true");
        var server = administrator.GetDatabase();
        await server.ExecuteAsync("CONFIG", "SET", "requirepass", "another");

        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AgnoAspire_AppHost>(
            ["--AgnoAspire:Redis=External", $"--ConnectionStrings:redis={redis.Address.Authority},password=configured"], cancel.Token);
        await using var app = await builder.BuildAsync(cancel.Token);

        // Ends when the services have started, which wait for Redis.
        var start = app.StartAsync(cancel.Token);
        await HealthAsync(HealthStatus.Unhealthy);
        await server.ExecuteAsync("CONFIG", "SET", "requirepass", "configured");
        await HealthAsync(HealthStatus.Healthy);
        await start;
        await app.StopAsync(cancel.Token);

        Task HealthAsync(HealthStatus expected) =>
            app.ResourceNotifications.WaitForResourceAsync("redis", state => state.Snapshot.HealthStatus == expected, cancel.Token);
    }
}
