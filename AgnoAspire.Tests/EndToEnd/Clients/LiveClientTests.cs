using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Clients;

/// <summary>The client modules and the chat page against real processes.</summary>
public sealed class LiveClientTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Both_modules_read_every_word_once_over_connections_that_break() =>
        await ClientScripts.RunNodeAsync("modules-live.test.mjs", Services());

    [Fact]
    public async Task The_chat_page_sends_stops_resumes_and_survives_its_API_in_a_real_browser()
    {
        var browser = ClientScripts.Browser();
        var packages = await NodePackages.InstallAsync("browser", ["playwright-core@1.65.1"], TestContext.Current.CancellationToken);

        await ClientScripts.RunNodeAsync("chat-page.test.mjs", [.. Services(), packages, browser]);
    }

    private string[] Services()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        return [redis.ConnectionString, Repository.Program("AgnoAspire.ApiService"), Repository.Program("AgnoAspire.Worker")];
    }
}
