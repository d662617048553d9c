namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>
/// The size of a load: concurrent streams, the viewers and deltas of each, and the provider's time between two deltas. Where it may fail, some
/// streams have the policy <c>fail</c>, and so may end when their worker dies.
/// </summary>
internal sealed record LoadShape(int Streams, int Viewers, int Deltas, TimeSpan Interval, bool MayFail);

/// <summary>Keeps a number of streams under way, each with its viewers; a new one starts when one has ended.</summary>
internal sealed class LoadGenerator(
    ChaosSystem system, ChaosStatistics statistics, ConcurrentDictionary<long, StreamScenario> scenarios, int seed, long first = 0)
{
    // One stream in eight may not be replayed.
    private const int FailEvery = 8;

    private long last = first;

    /// <summary>Gets the number of the last stream; another load begins after it.</summary>
    public long Last => Interlocked.Read(ref last);

    public Task RunAsync(LoadShape shape, CancellationToken stop, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, shape.Streams).Select(lane => RunLaneAsync(lane, shape, stop, cancellationToken)));

    private async Task RunLaneAsync(int lane, LoadShape shape, CancellationToken stop, CancellationToken cancellationToken)
    {
        // Spread over the duration of one stream.
        await Task.Delay(shape.Interval * shape.Deltas * lane / shape.Streams, TimeProvider.System, cancellationToken);
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref last);
            var model = shape.MayFail && number % FailEvery == 0 ? StreamScenario.FailModel : StreamScenario.ReplayModel;
            var scenario = new StreamScenario(new GeneratedAnswer(number, shape.Deltas, shape.Interval), model, $"chaos-{seed}-{number}");
            scenario.Viewers = [.. Enumerable.Range(0, shape.Viewers)
                .Select(viewer => new ChaosViewer(scenario, viewer, system, statistics, HashCode.Combine(seed, number, viewer)))];
            scenarios[number] = scenario;
            statistics.StreamStarted();
            await Task.WhenAll(scenario.Viewers.Select(viewer => viewer.WatchAsync(cancellationToken)));
            scenarios.TryRemove(number, out _);
            statistics.StreamEnded(scenario.Viewers[0].Ending ?? "not at all");
        }
    }
}

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
