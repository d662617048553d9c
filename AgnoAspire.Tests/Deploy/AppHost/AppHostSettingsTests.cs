using AgnoAspire.AppHost;
using AgnoAspire.AppHost.Redis;
using Microsoft.Extensions.Configuration;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>What the AppHost refuses to start with.</summary>
public sealed class AppHostSettingsTests
{
    [Theory]
    [InlineData("ApiPort", "0")]
    [InlineData("ApiPort", "70000")]
    [InlineData("ApiPort", "http")]
    [InlineData("ApiReplicas", "0")]
    [InlineData("WorkerReplicas", "-1")]
    [InlineData("WorkerReplicas", "1000")]
    [InlineData("Redis", "Nearby")]
    [InlineData("CaptureMessages", "perhaps")]
    [InlineData("WorkerReplica", "2")]
    public void Invalid_setting_is_named(string setting, string value)
    {
        var isValid = AppHostSettings.TryRead(Configuration(($"AgnoAspire:{setting}", value)), out var settings, out var error);

        Assert.False(isValid);
        Assert.Null(settings);
        Assert.Contains(setting, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error!);
    }

    [Fact]
    public void External_Redis_needs_a_connection_string()
    {
        Assert.False(AppHostSettings.TryRead(Configuration(("AgnoAspire:Redis", "External")), out _, out var error));
        Assert.Contains("ConnectionStrings__redis", error, StringComparison.Ordinal);

        Assert.True(AppHostSettings.TryRead(Configuration(("AgnoAspire:Redis", "External"), ("ConnectionStrings:redis", "localhost")), out _, out _));
    }

    [Theory]
    [InlineData(null, "Local")]
    [InlineData("localhost:6379", "External")]
    public void Auto_takes_the_Redis_of_the_connection_string(string? connectionString, string expected)
    {
        Assert.True(AppHostSettings.TryRead(Configuration(("ConnectionStrings:redis", connectionString)), out var settings, out var error));
        Assert.Null(error);
        Assert.Equal(Enum.Parse<RedisMode>(expected), settings.Redis);
    }

    [Fact]
    public void Messages_are_not_captured_by_default()
    {
        Assert.True(AppHostSettings.TryRead(Configuration(), out var settings, out _));
        Assert.False(settings.CaptureMessages);
    }

    private static IConfiguration Configuration(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(item => KeyValuePair.Create(item.Key, item.Value))).Build();
}
