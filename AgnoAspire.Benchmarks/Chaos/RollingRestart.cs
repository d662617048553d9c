namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>Restarts every API replica and worker in turn by SIGTERM, as a deployment does, while streams are under way.</summary>
internal sealed class RollingRestart(SystemUnderTest system, ChaosStatistics ledger, Load load)
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(15);

    /// <summary>Gets how many processes did not end by themselves.</summary>
    public int KilledCount { get; private set; }

    public async Task RunAsync(int streams, CancellationToken cancellationToken)
    {
        using var stop = new CancellationTokenSource();
        var shape = new LoadShape(streams, Viewers: 1, Words: 250, TimeSpan.FromMilliseconds(60), MayFail: false);
        var running = load.RunAsync(shape, stop.Token, cancellationToken);

        // Until every stream is under way.
        await Task.Delay(Spread, TimeProvider.System, cancellationToken);
        foreach (var process in system.Apis.Concat(system.Workers))
        {
            Console.WriteLine($"  restarting {process.Name}; {ledger.Started - ledger.Ended} streams are under way");
            KilledCount += await process.TerminateAsync(EndLimit) ? 0 : 1;
            await process.StartAsync(cancellationToken);
        }

        await stop.CancelAsync();
        await running;
    }
}
