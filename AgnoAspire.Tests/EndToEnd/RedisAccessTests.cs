using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>API and worker as the user that docs/redis.md documents.</summary>
public sealed class RedisAccessTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Password = "secret";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Documented_user_has_the_rights_that_a_chat_needs()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        var lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "redis.md"), Cancel);
        var documented = lines.Single(line => line.StartsWith("ACL SETUSER ", StringComparison.Ordinal));
        var command = documented.Replace("PASSWORD", Password, StringComparison.Ordinal).Split(' ');
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        await admin.GetDatabase().ExecuteAsync(command[0], [.. command[1..]]);
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__redis"] = $"{redis.ConnectionString},user={command[2]},password={Password}",
            ["Models__demo__Enabled"] = "true",
        };

        await using var worker = AppProcess.Create("AgnoAspire.Worker", settings);
        await using var api = AppProcess.Create("AgnoAspire.ApiService", settings);
        await Task.WhenAll(worker.StartAsync(Cancel), api.StartAsync(Cancel));
        using var streamed = await api.Client.PostAsync(ChatClient.Body("demo", stream: true, maxTokens: 20), Cancel);
        using var cancelled = await api.Client.PostAsync(ChatClient.Body("demo", stream: true), Cancel);
        using var deletion = await api.Client.DeleteAsync($"{ChatClient.Path}/{cancelled.StreamId()}", Cancel);

        Assert.Equal("length", (await streamed.EventsAsync(Cancel)).AssertWhole().FinishReason);
        Assert.Equal("cancelled", (await cancelled.EventsAsync(Cancel)).AssertWhole().FinishReason);
    }
}
