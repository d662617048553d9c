using AgnoAspire.ApiService;
using AgnoAspire.ApiService.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.ApiService.Http;

/// <summary>The end of open streams when the process stops.</summary>
public sealed class ShutdownCoordinatorTests
{
    [Fact]
    public async Task Streams_are_aborted_after_the_drain_timeout()
    {
        var time = new FakeTimeProvider();
        using var shutdown = new ShutdownCoordinator(Options.Create(new ChatApiOptions { ShutdownDrainTimeout = TimeSpan.FromSeconds(10) }), time);
        time.Advance(TimeSpan.FromDays(1));
        Assert.False(shutdown.IsDraining);

        await shutdown.StoppingAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(shutdown.IsDraining);
        Assert.False(shutdown.StreamsAborted.IsCancellationRequested);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(shutdown.StreamsAborted.IsCancellationRequested);
    }
}
