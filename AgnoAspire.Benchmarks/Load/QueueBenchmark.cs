using System.Diagnostics;
using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.Benchmarks.Provider;
using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// How long a job waits for a free worker, and how many jobs a second can pass: the queue and the bell of our own library against a Redis
/// that is idle, and against the same Redis and processors while live streams run through a whole system beside it.
/// </summary>
internal static class QueueBenchmark
{
    private const int Callers = 64;
    private static readonly int[] DefaultWorkers = [1, 4];
    private static readonly TimeSpan StreamPace = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var workers = arguments.Numbers("workers", DefaultWorkers, 1, 100);
        var jobs = arguments.Number("jobs", 1000, 10, 1_000_000);
        var gap = TimeSpan.FromMilliseconds(arguments.Number("gap", 10, 1, 10_000));
        var burst = arguments.Number("burst", 20_000, 100, 1_000_000);
        var streams = arguments.Number("streams", 100, 1, 10_000);
        var fsync = arguments.Text("fsync", "");
        arguments.End();
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: false, cancellationToken);
        var table = new ResultTable(
            "queue", "system", "workers", "enqueued p50 ms", "enqueued p99 ms", "claimed p50 ms", "claimed p90 ms", "claimed p99 ms", "jobs/s of a burst", "burst claimed p50 ms", "burst claimed p99 ms");
        await MeasureAsync(table: null, "warm-up", system, workers[^1], jobs / 10, gap, burst / 10, cancellationToken);
        foreach (var count in workers)
        {
            await MeasureAsync(table, "idle", system, count, jobs, gap, burst, cancellationToken);
        }

        await using var crowd = new ViewerPool(system);
        await crowd.AskAsync(streams, new Answer(Answer.Clock, int.MaxValue, StreamPace), cancellationToken);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);
        foreach (var count in workers)
        {
            await MeasureAsync(table, $"{streams} streams", system, count, jobs, gap, burst, cancellationToken);
        }

        if (crowd.Failure is { } failure)
        {
            throw new InvalidOperationException($"A stream of the load failed: {failure}");
        }

        Console.WriteLine("Claimed: from before the job is put in the queue until a worker has it. Of single jobs that find the workers waiting, and of a burst that keeps them busy; bursts are taken and released.");
        await table.WriteAsync(EnvironmentInfo.With(
            ("single jobs", $"{jobs}"), ("between two of them", $"{gap.TotalMilliseconds} ms"), ("jobs of a burst", $"{burst}"), ("callers", $"{Callers}"),
            ("load", $"{streams} streams at {1 / StreamPace.TotalSeconds:0} pieces/s"), ("appendfsync", fsync.Length == 0 ? "no append-only file" : fsync)));
        return 0;
    }

    private static async Task MeasureAsync(
        ResultTable? table, string name, BenchSystem system, int workers, int jobs, TimeSpan gap, int burst, CancellationToken cancellationToken)
    {
        // A prefix of its own, so that the jobs are these workers' and not the system's.
        await using var lab = await QueueHarness.StartAsync(system.RedisPort, $"lab-{JobId.New()}", workers);
        for (var i = 0; i < jobs; i++)
        {
            await Task.Delay(gap, TimeProvider.System, cancellationToken);
            await lab.EnqueueAsync($"caller{i % Callers}");
        }

        await lab.DrainedAsync(cancellationToken);
        var (enqueued, claimed) = lab.TakeTimes();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var i = 0; i < burst / Callers; i++)
            {
                await lab.EnqueueAsync($"caller{caller}");
            }
        }));
        await lab.DrainedAsync(cancellationToken);
        var rate = burst / Callers * Callers / Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (_, waited) = lab.TakeTimes();
        Console.WriteLine($"{name}, {workers} workers: claimed after p50 {claimed.At(0.5):0.00} p99 {claimed.At(0.99):0.00} ms; {rate:N0} jobs/s");
        table?.Add(name, workers, enqueued.At(0.5), enqueued.At(0.99), claimed.At(0.5), claimed.At(0.9), claimed.At(0.99), rate, waited.At(0.5), waited.At(0.99));
    }
}
