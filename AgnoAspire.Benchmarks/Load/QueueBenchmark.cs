namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// How long a job waits for a free worker, and how many jobs per second can pass: the queue and the notifier against an idle Redis, and against
/// the same Redis and processors under the live streams of a complete system.
/// </summary>
internal static class QueueBenchmark
{
    private const int Callers = 64;
    private static readonly int[] DefaultWorkers = [1, 4];
    private static readonly TimeSpan DeltaInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var workers = arguments.Numbers("workers", DefaultWorkers, 1, 100);
        var jobs = arguments.Number("jobs", 1000, 10, 1_000_000);
        var gap = TimeSpan.FromMilliseconds(arguments.Number("gap", 10, 1, 10_000));
        var burst = arguments.Number("burst", 20_000, 100, 1_000_000);
        var streams = arguments.Number("streams", 100, 1, 10_000);
        var fsync = arguments.Fsync();
        arguments.End();
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: false, cancellationToken);
        var table = new ResultTable(
            "queue", "system", "workers", "enqueued p50 ms", "enqueued p99 ms", "claimed p50 ms", "claimed p90 ms", "claimed p99 ms",
            "jobs/s of a burst", "burst claimed p50 ms", "burst claimed p99 ms");
        await MeasureAsync(table: null, "warm-up", system, workers[^1], jobs / 10, gap, burst / 10, cancellationToken);
        foreach (var count in workers)
        {
            await MeasureAsync(table, "idle", system, count, jobs, gap, burst, cancellationToken);
        }

        await using var viewers = new ViewerPool(system);
        await viewers.RequestAsync(streams, new GeneratedAnswer(GeneratedAnswer.Timestamps, int.MaxValue, DeltaInterval), cancellationToken);
        await Task.Delay(SettleTime, TimeProvider.System, cancellationToken);
        foreach (var count in workers)
        {
            await MeasureAsync(table, $"{streams} streams", system, count, jobs, gap, burst, cancellationToken);
        }

        if (viewers.Failure is { } failure)
        {
            throw new InvalidOperationException($"A stream of the load failed: {failure}");
        }

        Console.WriteLine("Claimed: from before the job is enqueued until a worker has it, for single jobs and for a burst that keeps the workers busy.");
        await table.WriteAsync(
            fsync,
            ("single jobs", $"{jobs}"), ("between two of them", $"{gap.TotalMilliseconds} ms"), ("jobs of a burst", $"{burst}"), ("callers", $"{Callers}"),
            ("load", $"{streams} streams at {1 / DeltaInterval.TotalSeconds:0} deltas/s"));
        return 0;
    }

    private static async Task MeasureAsync(
        ResultTable? table, string name, BenchSystem system, int workers, int jobs, TimeSpan gap, int burst, CancellationToken cancellationToken)
    {
        // A prefix of its own, so that the jobs are these workers' and not the system's.
        await using var harness = await QueueHarness.StartAsync(system.Redis.Address.Authority, $"queue-{JobId.New()}", workers);
        for (var i = 0; i < jobs; i++)
        {
            await Task.Delay(gap, TimeProvider.System, cancellationToken);
            await harness.EnqueueAsync($"caller{i % Callers}");
        }

        await harness.DrainedAsync(cancellationToken);
        var (enqueued, claimed) = harness.TakeTimes();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var i = 0; i < burst / Callers; i++)
            {
                await harness.EnqueueAsync($"caller{caller}");
            }
        }));
        await harness.DrainedAsync(cancellationToken);
        var rate = burst / Callers * Callers / Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (_, waited) = harness.TakeTimes();
        Console.WriteLine($"{name}, {workers} workers: claimed after p50 {claimed.At(0.5):0.00} p99 {claimed.At(0.99):0.00} ms; {rate:N0} jobs/s");
        table?.Add(
            name, workers, enqueued.At(0.5), enqueued.At(0.99), claimed.At(0.5), claimed.At(0.9), claimed.At(0.99), rate, waited.At(0.5), waited.At(0.99));
    }
}
