namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>The size of a load.</summary>
/// <param name="Streams">Concurrent streams.</param>
/// <param name="Viewers">Viewers of each.</param>
/// <param name="Deltas">Deltas of each answer.</param>
/// <param name="Interval">The provider's time between two deltas.</param>
/// <param name="MayFail">Whether some streams have the policy <c>fail</c>, and so may end when their worker dies.</param>
internal sealed record LoadShape(int Streams, int Viewers, int Deltas, TimeSpan Interval, bool MayFail);

/// <summary>Keeps a number of streams under way, each with its viewers; a new one starts when one has ended.</summary>
internal sealed class LoadGenerator(ChaosSystem system, ChaosStatistics statistics, ConcurrentDictionary<long, StreamScenario> scenarios, int seed)
{
    // One stream in eight may not be replayed.
    private const int FailEvery = 8;

    private long last;

    /// <summary>Gets or sets the number of the last stream, so that two loads do not share one.</summary>
    public long Last
    {
        get => Interlocked.Read(ref last);
        set => Interlocked.Exchange(ref last, value);
    }

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
