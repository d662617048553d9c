namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>Restarts every API replica and worker in turn by SIGTERM, as a deployment does, while streams are under way.</summary>
internal sealed class RollingRestart(ChaosSystem system, ChaosStatistics statistics, LoadGenerator load)
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(15);

    /// <summary>Gets how many processes had to be killed.</summary>
    public int KilledCount { get; private set; }

    public async Task RunAsync(int streams, CancellationToken cancellationToken)
    {
        using var stop = new CancellationTokenSource();
        var shape = new LoadShape(streams, Viewers: 1, Deltas: 250, TimeSpan.FromMilliseconds(60), MayFail: false);
        var running = load.RunAsync(shape, stop.Token, cancellationToken);

        // Until every stream is under way.
        await Task.Delay(StartTime, TimeProvider.System, cancellationToken);
        foreach (var process in system.Apis.Concat(system.Workers))
        {
            Console.WriteLine($"  restarting {process.Name}; {statistics.Started - statistics.Ended} streams are under way");
            KilledCount += await process.StopAsync(StopTimeout) is null ? 1 : 0;
            await process.StartAsync(cancellationToken);
        }

        await stop.CancelAsync();
        await running;
    }
}
