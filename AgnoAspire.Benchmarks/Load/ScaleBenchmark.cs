namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// More and more live streams, each with its viewer, until the system is saturated: how late deltas arrive, and whether a delta costs more among
/// many than among few. Busier processors do more per wake-up, which makes a delta cheaper by itself; and viewers and provider share the
/// machine, so the usual pace does not go far on few processors. So one pass keeps the rate of each stream, and another the rate of all streams
/// together, in which only the number of streams grows.
/// </summary>
internal static class ScaleBenchmark
{
    private const int WarmUpStreams = 100;
    private const double Kibi = 1024;
    private const double MinimumShare = 0.9;
    private static readonly int[] DefaultSteps = [100, 200, 500, 1000, 2000, 5000];
    private static readonly int[] DefaultRates = [20];
    private static readonly int[] DefaultTotals = [4000];
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var steps = arguments.Numbers("steps", DefaultSteps, 1, 20_000);
        var rates = arguments.Numbers("rates", DefaultRates, 1, 1000);
        var totals = arguments.Numbers("totals", DefaultTotals, 1, 1_000_000);
        var bound = arguments.Number("bound", 250, 1, 60_000);
        var seconds = arguments.Number("seconds", 10, 1, 3600);
        var fsync = arguments.Fsync();
        arguments.End();
        var table = new ResultTable(
            "scale", "rate", "streams", "deltas/s", "chunks per delta", "delay p50 ms", "delay p99 ms", "API µs per delta", "worker µs per delta",
            "Redis µs per delta", "all µs per delta", "times the first", "all µs per chunk", "times the first chunk's", "processors used",
            "of them provider and viewers", "API KiB per stream", "live in the API", "worker KiB per stream", "live in the worker", "Redis KiB per stream",
            "saturated");
        var passes = rates.Select(rate => new Pass($"{rate}/s per stream", _ => rate, TimeSpan.FromSeconds(seconds), bound))
            .Concat(totals.Select(total => new Pass($"{total}/s in all", streams => (double)total / streams, TimeSpan.FromSeconds(seconds), bound)));
        foreach (var pass in passes)
        {
            await RunPassAsync(table, steps, pass, fsync, cancellationToken);
        }

        Console.WriteLine("A delta is what the provider sends, a chunk what the viewer gets: one delta, or several that were merged under load.");
        Console.WriteLine(
            "Memory is settled (no deltas, after a collection, no longer changing) and above that of no streams; it grows with the age of a stream.");
        Console.WriteLine($"Saturated: p99 of the delay above {bound} ms, or less than {MinimumShare:P0} of the deltas.");
        await table.WriteAsync(fsync, ("seconds per step", $"{seconds}"), ("bound of the delay's p99", $"{bound} ms"));
        return 0;
    }

    // Each pass has processes of its own, so that memory which an earlier one has freed is not counted as free of charge.
    private static async Task RunPassAsync(ResultTable table, int[] steps, Pass pass, string? fsync, CancellationToken cancellationToken)
    {
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: false, cancellationToken);
        await using var redis = await RedisInfo.ConnectAsync(system.Redis);
        await StepAsync(system, redis, WarmUpStreams, pass with { Time = SettleTime, Bound = int.MaxValue }, MemorySample.None, cancellationToken);
        var idle = await MemorySample.TakeAsync(system, redis, cancellationToken);
        Step? first = null;
        foreach (var streams in steps)
        {
            var step = await StepAsync(system, redis, streams, pass, idle, cancellationToken);
            if (step.Failure is null)
            {
                first ??= step;
                Add(table, pass, step, first);
            }

            Console.WriteLine(
                $"{pass.Name}, {streams} streams: {step.Used.Deltas / step.Used.Seconds:N0} deltas/s in {step.Used.Chunks / step.Used.Seconds:N0} chunks/s, "
                + $"delay p50 {step.Delay.At(0.5):0.0} p99 {step.Delay.At(0.99):0} ms, {step.DeltaCost:0} µs per delta"
                + $"{(step.IsSaturated ? ", saturated" : "")} {step.Failure}");
            if (step.IsSaturated)
            {
                return;
            }
        }
    }

    private static void Add(ResultTable table, Pass pass, Step step, Step first)
    {
        var used = step.Used;
        table.Add(
            pass.Name, step.Streams, used.Deltas / used.Seconds, (double)used.Chunks / used.Deltas, step.Delay.At(0.5), step.Delay.At(0.99),
            used.Api.TotalMicroseconds / used.Deltas, used.Worker.TotalMicroseconds / used.Deltas, used.Redis.TotalMicroseconds / used.Deltas,
            step.DeltaCost, step.DeltaCost / first.DeltaCost, step.ChunkCost, step.ChunkCost / first.ChunkCost,
            (used.Ours + used.Client + used.Provider).TotalSeconds / used.Seconds, (used.Client + used.Provider).TotalSeconds / used.Seconds,
            step.Memory.Api.Resident / Kibi / step.Streams, step.Memory.Api.Live / Kibi / step.Streams,
            step.Memory.Worker.Resident / Kibi / step.Streams, step.Memory.Worker.Live / Kibi / step.Streams,
            step.Memory.Redis / Kibi / step.Streams, step.IsSaturated ? "yes" : "no");
    }

    private static async Task<Step> StepAsync(
        BenchSystem system, RedisInfo redis, int streams, Pass pass, MemorySample idle, CancellationToken cancellationToken)
    {
        var rate = pass.Rate(streams);
        await using var viewers = new ViewerPool(system);
        var delay = new Percentiles();
        var none = await ResourceSample.TakeAsync(system, redis, viewers);
        try
        {
            await viewers.RequestAsync(
                streams, new GeneratedAnswer(GeneratedAnswer.Timestamps, int.MaxValue, TimeSpan.FromSeconds(1) / rate), cancellationToken);
        }
        catch (InvalidOperationException refused)
        {
            return new Step(streams, none.Since(none), delay, idle, IsSaturated: true, refused.Message);
        }

        await Task.Delay(SettleTime, TimeProvider.System, cancellationToken);
        viewers.Delay = delay;
        var before = await ResourceSample.TakeAsync(system, redis, viewers);
        await Task.Delay(pass.Time, TimeProvider.System, cancellationToken);
        var used = (await ResourceSample.TakeAsync(system, redis, viewers)).Since(before);
        viewers.Delay = null;
        var isSaturated = viewers.Failure is not null || delay.At(0.99) > pass.Bound || used.Deltas / used.Seconds < streams * rate * MinimumShare;
        var memory = (await MemorySample.TakeAsync(system, redis, cancellationToken)).Since(idle);
        if (!isSaturated)
        {
            await viewers.EndAsync(cancellationToken);
        }

        return new Step(streams, used, delay, memory, isSaturated, isSaturated ? viewers.Failure : null);
    }

    /// <summary>The deltas per second of each stream, by the number of streams; the time of a step; the maximum p99 of the delay, in milliseconds.</summary>
    private sealed record Pass(string Name, Func<int, double> Rate, TimeSpan Time, int Bound);

    private sealed record Step(int Streams, ResourceSample Used, Percentiles Delay, MemorySample Memory, bool IsSaturated, string? Failure)
    {
        /// <summary>Gets what a delta of the provider costs API, worker and Redis together, in microseconds.</summary>
        public double DeltaCost => Used.Ours.TotalMicroseconds / Used.Deltas;

        /// <summary>Gets what a chunk that a viewer gets costs them, in microseconds.</summary>
        public double ChunkCost => Used.Ours.TotalMicroseconds / Used.Chunks;
    }

    private sealed record MemorySample(ProcessMemory Api, ProcessMemory Worker, long Redis)
    {
        public static MemorySample None { get; } = new(new ProcessMemory(0, 0), new ProcessMemory(0, 0), 0);

        public static async Task<MemorySample> TakeAsync(BenchSystem system, RedisInfo redis, CancellationToken cancellationToken) => new(
            await ProcessMemory.ReadAsync(system.Api, system.Provider, cancellationToken),
            await ProcessMemory.ReadAsync(system.Worker, system.Provider, cancellationToken),
            await redis.DataSizeAsync());

        public MemorySample Since(MemorySample before) => new(Api.Since(before.Api), Worker.Since(before.Worker), Redis - before.Redis);
    }
}
