using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// More and more live streams, each with its viewer, until the system is saturated: how late pieces arrive, and whether a piece costs more
/// among many than among few. Processors that are busier do more at each wake, which makes a piece cheaper by itself; and viewers and
/// provider share the machine, so the usual pace does not go far on few processors. So one pass keeps the pace of each stream, and another
/// the pieces of all streams together, in which the number of streams is all that grows. Merged pieces are counted too.
/// </summary>
internal static class ScaleBenchmark
{
    private const int WarmUpStreams = 100;
    private const double Kibi = 1024;
    private const double LeastShare = 0.9;
    private static readonly int[] DefaultSteps = [100, 200, 500, 1000, 2000, 5000];
    private static readonly int[] DefaultRates = [20];
    private static readonly int[] DefaultTotals = [4000];
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var steps = arguments.Numbers("steps", DefaultSteps, 1, 20_000);
        var rates = arguments.Numbers("rates", DefaultRates, 1, 1000);
        var totals = arguments.Numbers("totals", DefaultTotals, 1, 1_000_000);
        var bound = arguments.Number("bound", 250, 1, 60_000);
        var seconds = arguments.Number("seconds", 10, 1, 3600);
        var fsync = arguments.Text("fsync", "");
        arguments.End();
        var table = new ResultTable(
            "scale", "pace", "streams", "pieces/s", "chunks a piece", "lag p50 ms", "lag p99 ms", "API µs a piece", "worker µs a piece", "Redis µs a piece",
            "all µs a piece", "times the first", "all µs a chunk", "times the first chunk's", "processors used", "of them provider and viewers",
            "API KiB a stream", "live in the API", "worker KiB a stream", "live in the worker", "Redis KiB a stream", "saturated");
        var paces = rates.Select(rate => new Pace($"{rate}/s a stream", _ => rate)).Concat(totals.Select(total => new Pace($"{total}/s in all", streams => (double)total / streams)));
        foreach (var pace in paces)
        {
            await PassAsync(table, steps, pace, new Terms(TimeSpan.FromSeconds(seconds), bound), fsync, cancellationToken);
        }

        Console.WriteLine("A piece is what the provider sends, a chunk what the viewer gets: one piece, or several that were merged under load. Memory is settled: no pieces, told to collect, read when it has");
        Console.WriteLine($"stopped changing, above that of no streams; the logs in Redis and the chunks a worker keeps grow with a stream's age. Saturated: lag p99 above {bound} ms, or less than {LeastShare:P0} of the pieces.");
        await table.WriteAsync(EnvironmentInfo.With(("seconds a step", $"{seconds}"), ("bound of the lag p99", $"{bound} ms"), ("appendfsync", fsync.Length == 0 ? "no append-only file" : fsync)));
        return 0;
    }

    // Each pass has processes of its own, so that memory which an earlier one has left is not taken for free.
    private static async Task PassAsync(ResultTable table, int[] steps, Pace pace, Terms terms, string fsync, CancellationToken cancellationToken)
    {
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: false, cancellationToken);
        await using var redis = await RedisReading.ConnectAsync(system.RedisPort);
        await StepAsync(system, redis, WarmUpStreams, pace, new Terms(Settling, int.MaxValue), MemoryReading.None, cancellationToken);
        var idle = await MemoryReading.TakeAsync(system, redis, cancellationToken);
        Step? first = null;
        foreach (var streams in steps)
        {
            var step = await StepAsync(system, redis, streams, pace, terms, idle, cancellationToken);
            if (step.Failure is null)
            {
                first ??= step;
                Add(table, pace, step, first);
            }

            Console.WriteLine($"{pace.Name}, {streams} streams: {step.Used.Pieces / step.Used.Seconds:N0} pieces/s in {step.Used.Chunks / step.Used.Seconds:N0} chunks/s, lag p50 {step.Lag.At(0.5):0.0} p99 {step.Lag.At(0.99):0} ms, {step.PieceCost:0} µs a piece{(step.IsSaturated ? ", saturated" : "")} {step.Failure}");
            if (step.IsSaturated)
            {
                return;
            }
        }
    }

    private static void Add(ResultTable table, Pace pace, Step step, Step first)
    {
        var used = step.Used;
        table.Add(
            pace.Name, step.Streams, used.Pieces / used.Seconds, (double)used.Chunks / used.Pieces, step.Lag.At(0.5), step.Lag.At(0.99),
            used.Api.TotalMicroseconds / used.Pieces, used.Worker.TotalMicroseconds / used.Pieces, used.Redis.TotalMicroseconds / used.Pieces,
            step.PieceCost, step.PieceCost / first.PieceCost, step.ChunkCost, step.ChunkCost / first.ChunkCost,
            (used.Ours + used.Client + used.Provider).TotalSeconds / used.Seconds, (used.Client + used.Provider).TotalSeconds / used.Seconds,
            step.Memory.Api.Resident / Kibi / step.Streams, step.Memory.Api.Live / Kibi / step.Streams,
            step.Memory.Worker.Resident / Kibi / step.Streams, step.Memory.Worker.Live / Kibi / step.Streams, step.Memory.Redis / Kibi / step.Streams, step.IsSaturated ? "yes" : "no");
    }

    private static async Task<Step> StepAsync(BenchSystem system, RedisReading redis, int streams, Pace pace, Terms terms, MemoryReading idle, CancellationToken cancellationToken)
    {
        var rate = pace.Rate(streams);
        await using var crowd = new ViewerPool(system);
        var lag = new Percentiles();
        var none = await ResourceSample.TakeAsync(system, redis, crowd);
        try
        {
            await crowd.AskAsync(streams, new Answer(Answer.Clock, int.MaxValue, TimeSpan.FromSeconds(1) / rate), cancellationToken);
        }
        catch (InvalidOperationException refused)
        {
            return new Step(streams, none.Since(none), lag, idle, IsSaturated: true, refused.Message);
        }

        await Task.Delay(Settling, TimeProvider.System, cancellationToken);
        crowd.Lag = lag;
        var before = await ResourceSample.TakeAsync(system, redis, crowd);
        await Task.Delay(terms.Time, TimeProvider.System, cancellationToken);
        var used = (await ResourceSample.TakeAsync(system, redis, crowd)).Since(before);
        crowd.Lag = null;
        var isSaturated = crowd.Failure is not null || lag.At(0.99) > terms.Bound || used.Pieces / used.Seconds < streams * rate * LeastShare;
        var memory = (await MemoryReading.TakeAsync(system, redis, cancellationToken)).Since(idle);
        if (!isSaturated)
        {
            await crowd.EndAsync(cancellationToken);
        }

        return new Step(streams, used, lag, memory, isSaturated, isSaturated ? crowd.Failure : null);
    }

    /// <param name="Name">Its name in the table.</param>
    /// <param name="Rate">The pieces a second of one stream, of so many.</param>
    private sealed record Pace(string Name, Func<int, double> Rate);

    /// <param name="Time">How long a step is measured.</param>
    /// <param name="Bound">The most the p99 of the lag may be, in milliseconds.</param>
    private sealed record Terms(TimeSpan Time, int Bound);

    private sealed record Step(int Streams, ResourceSample Used, Percentiles Lag, MemoryReading Memory, bool IsSaturated, string? Failure)
    {
        /// <summary>Gets what a piece of the provider costs API, worker and Redis together, in microseconds.</summary>
        public double PieceCost => Used.Ours.TotalMicroseconds / Used.Pieces;

        /// <summary>Gets what a chunk that a viewer gets costs them, in microseconds.</summary>
        public double ChunkCost => Used.Ours.TotalMicroseconds / Used.Chunks;
    }

    /// <param name="Api">The API.</param>
    /// <param name="Worker">The worker.</param>
    /// <param name="Redis">The data in Redis, in bytes.</param>
    private sealed record MemoryReading(ProcessMemory Api, ProcessMemory Worker, long Redis)
    {
        public static MemoryReading None { get; } = new(new ProcessMemory(0, 0), new ProcessMemory(0, 0), 0);

        public static async Task<MemoryReading> TakeAsync(BenchSystem system, RedisReading redis, CancellationToken cancellationToken) => new(
            await ProcessMemory.ReadAsync(system.Api, system.Provider, cancellationToken),
            await ProcessMemory.ReadAsync(system.Worker, system.Provider, cancellationToken),
            await redis.DataSizeAsync());

        public MemoryReading Since(MemoryReading before) => new(Api.Since(before.Api), Worker.Since(before.Worker), Redis - before.Redis);
    }
}
