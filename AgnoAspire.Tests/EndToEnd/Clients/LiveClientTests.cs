using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Clients;

/// <summary>The client modules and the chat page against real processes.</summary>
public sealed class LiveClientTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Client_modules_deliver_every_word_once_over_broken_connections() =>
        await ClientScripts.RunNodeAsync("modules-live.test.mjs", Services());

    [Theory]
    [InlineData("chat-page.test.mjs")]
    [InlineData("chat-page-answers.test.mjs")]
    [InlineData("chat-page-conversations.test.mjs")]
    [InlineData("chat-page-accessibility.test.mjs")]
    [InlineData("api-reference.test.mjs")]
    public async Task Pages_work_in_a_browser(string script)
    {
        var browser = ClientScripts.Browser();
        var packages = await NodePackages.InstallAsync("browser", ["playwright-core@1.65.1", "axe-core@4.14.1"], TestContext.Current.CancellationToken);

        await ClientScripts.RunNodeAsync(script, [.. Services(), packages, browser]);
    }

    private string[] Services()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        return [redis.ConnectionString, Repository.Program("AgnoAspire.ApiService"), Repository.Program("AgnoAspire.Worker")];
    }
}
