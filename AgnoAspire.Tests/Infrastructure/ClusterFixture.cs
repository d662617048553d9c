namespace AgnoAspire.Tests.Infrastructure;

/// <summary>A cluster that the tests of one class share, one after another.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private Cluster? cluster;

    public Cluster Cluster => cluster!;

    public async ValueTask InitializeAsync() => cluster = await Cluster.StartAsync();

    public async ValueTask DisposeAsync() => await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
}
