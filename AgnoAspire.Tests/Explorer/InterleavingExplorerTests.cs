using AgnoAspire.Testing.Explorer;

namespace AgnoAspire.Tests.Explorer;

/// <summary>A few of the interleavings that <c>AgnoAspire.Benchmarks -- explore</c> explores, and that the explorer finds what it is for.</summary>
public sealed class InterleavingExplorerTests : IAsyncLifetime
{
    private const int Seeds = 60;

    private ServerProcess? server;
    private InterleavingExplorer? explorer;

    public async ValueTask InitializeAsync()
    {
        if (RedisServer.IsInstalled)
        {
            server = await RedisServer.StartAsync();
            explorer = new InterleavingExplorer(server.Address);
        }
    }

    public async ValueTask DisposeAsync()
    {
        explorer?.Dispose();
        await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public void Every_invariant_holds_in_every_order()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            Assert.Null(Explore(seed)?.Message);
        }
    }

    // Each was found by the explorer; docs/explorer.md has the list.
    [Theory]
    [InlineData("start-shortens-expiry")]
    [InlineData("append-repeats-chunk")]
    [InlineData("release-keeps-sum-of-bytes")]
    public void Planted_bug_is_found_and_its_failure_repeated(string bug)
    {
        var failure = Enumerable.Range(1, 1000).Select(seed => Explore(seed, bug)).First(found => found is not null)!;

        Assert.Equal(failure.Message, explorer!.Replay(failure)?.Message);
    }

    [Fact]
    public void Seed_determines_the_order()
    {
        Explore(7);
        var trace = explorer!.Trace;

        Explore(7);

        Assert.Equal(trace, explorer.Trace);
    }

    private ExplorerFailure? Explore(int seed, string? bug = null)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "There is no redis-server.");
        return explorer!.Run(seed, bug);
    }
}
