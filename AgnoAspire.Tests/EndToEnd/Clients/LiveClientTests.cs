using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Clients;

/// <summary>The client modules and the chat page against real processes.</summary>
public sealed class LiveClientTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Client_modules_deliver_every_word_once_over_broken_connections() =>
        await ClientScripts.RunNodeAsync("modules-live.test.mjs", Services());

    [Fact]
    public async Task Chat_page_works_in_a_browser_while_its_API_restarts()
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
