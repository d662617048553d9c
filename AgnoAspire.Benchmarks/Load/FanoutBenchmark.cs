namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// What a further viewer of the same stream costs: processor time and memory of the API, and nothing in Redis, which sends every chunk once
/// for any number of viewers.
/// </summary>
internal static class FanoutBenchmark
{
    private const int WarmUpViewers = 100;
    private const double Kibi = 1024;
    private static readonly int[] DefaultSteps = [1, 10, 100, 500, 1000, 2000];
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var steps = arguments.Numbers("steps", DefaultSteps, 1, 10_000);
        var rate = arguments.Number("rate", 20, 1, 1000);
        var seconds = arguments.Number("seconds", 10, 1, 3600);
        var fsync = arguments.Fsync();
        arguments.End();
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: false, cancellationToken);
        await using var redis = await RedisInfo.ConnectAsync(system.Redis);
        var table = new ResultTable(
            "fanout", "viewers", "chunks/s", "API µs per delivered chunk", "API % of a processor per viewer", "Redis µs per chunk", "Redis bytes out per chunk",
            "API MiB", "settled MiB", "KiB per viewer", "settled KiB per viewer", "live objects in it",
            "delay p50 ms", "delay p99 ms", "client µs per delivered chunk");
        await StepAsync(system, redis, WarmUpViewers, rate, TimeSpan.FromSeconds(5), cancellationToken);
        Step? first = null;
        foreach (var count in steps)
        {
            var step = await StepAsync(system, redis, count, rate, TimeSpan.FromSeconds(seconds), cancellationToken);
            first ??= step;
            var (used, grown) = (step.Used, step.Settled.Since(first.Settled));
            var more = count == first.Viewers ? double.NaN : count - first.Viewers;
            table.Add(
                count, used.MostChunks / used.Seconds, used.Api.TotalMicroseconds / used.Chunks, used.Api.TotalSeconds / used.Seconds * 100 / count,
                used.Redis.TotalMicroseconds / used.MostChunks, (double)used.RedisSent / used.MostChunks, step.Memory / Kibi / Kibi,
                step.Settled.Resident / Kibi / Kibi, (step.Memory - first.Memory) / Kibi / more, grown.Resident / Kibi / more, grown.Live / Kibi / more,
                step.Delay.At(0.5), step.Delay.At(0.99), used.Client.TotalMicroseconds / used.Chunks);
            Console.WriteLine(
                $"{count} viewers: {used.Chunks / used.Seconds:N0} chunks/s delivered, {used.Api.TotalMicroseconds / used.Chunks:0.0} µs each, "
                + $"API {step.Memory / Kibi / Kibi:0.0} MiB, settled {step.Settled.Resident / Kibi / Kibi:0.0}");
        }

        Console.WriteLine("Memory is the API's resident set: while chunks flow, and settled (no chunks, after a collection, no longer changing).");
        await table.WriteAsync(fsync, ("chunks per second requested", $"{rate}"), ("seconds per step", $"{seconds}"));
        return 0;
    }

    private static async Task<Step> StepAsync(BenchSystem system, RedisInfo redis, int count, int rate, TimeSpan time, CancellationToken cancellationToken)
    {
        await using var viewers = new ViewerPool(system);
        await viewers.RequestAsync(1, new GeneratedAnswer(GeneratedAnswer.Timestamps, int.MaxValue, TimeSpan.FromSeconds(1) / rate), cancellationToken);
        await viewers.WatchAsync(count - 1, cancellationToken);
        await Task.Delay(SettleTime, TimeProvider.System, cancellationToken);
        var delay = viewers.Delay = new Percentiles();
        var before = await ResourceSample.TakeAsync(system, redis, viewers);
        await Task.Delay(time, TimeProvider.System, cancellationToken);
        var used = (await ResourceSample.TakeAsync(system, redis, viewers)).Since(before);
        viewers.Delay = null;
        var memory = system.Api.WorkingSet;
        var settled = await ProcessMemory.ReadAsync(system.Api, system.Provider, cancellationToken);
        if (viewers.Failure is { } failure)
        {
            throw new InvalidOperationException($"A viewer's stream failed: {failure}");
        }

        await viewers.EndAsync(cancellationToken);
        return new Step(count, used, delay, memory, settled);
    }

    private sealed record Step(int Viewers, ResourceSample Used, Percentiles Delay, long Memory, ProcessMemory Settled);
}
