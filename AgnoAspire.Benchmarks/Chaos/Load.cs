using System.Collections.Concurrent;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>Keeps a number of streams under way, each with its viewers; a new one begins when one has ended.</summary>
internal sealed class Load(SystemUnderTest system, ChaosStatistics ledger, ConcurrentDictionary<long, StreamScenario> runs, int seed)
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
        // Spread over the time one stream takes.
        await Task.Delay(shape.Pace * shape.Words * lane / shape.Streams, TimeProvider.System, cancellationToken);
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref last);
            var model = shape.MayFail && number % FailEvery == 0 ? StreamScenario.FailModel : StreamScenario.ReplayModel;
            var run = new StreamScenario(new Answer(number, shape.Words, shape.Pace), model, $"chaos-{seed}-{number}");
            run.Viewers = [.. Enumerable.Range(0, shape.Viewers).Select(viewer => new ChaosViewer(run, viewer, system, ledger, HashCode.Combine(seed, number, viewer)))];
            runs[number] = run;
            ledger.StreamStarted();
            await Task.WhenAll(run.Viewers.Select(viewer => viewer.WatchAsync(cancellationToken)));
            runs.TryRemove(number, out _);
            ledger.StreamEnded(run.Viewers[0].Ending ?? "not at all");
        }
    }
}
