using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// What a further viewer of the same stream costs: processor time and memory of the API, and nothing in Redis, which sends every chunk once
/// however many look on.
/// </summary>
internal static class FanoutBenchmark
{
    private const int WarmUpViewers = 100;
    private const double Kibi = 1024;
    private static readonly int[] DefaultSteps = [1, 10, 100, 500, 1000, 2000];
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var steps = arguments.Numbers("steps", DefaultSteps, 1, 10_000);
        var rate = arguments.Number("rate", 20, 1, 1000);
        var seconds = arguments.Number("seconds", 10, 1, 3600);
        var fsync = arguments.Text("fsync", "");
        arguments.End();
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: false, cancellationToken);
        await using var redis = await RedisReading.ConnectAsync(system.RedisPort);
        var table = new ResultTable(
            "fanout", "viewers", "chunks/s", "API µs a delivered chunk", "API % of a processor a viewer", "Redis µs a chunk", "Redis bytes out a chunk",
            "API MiB", "settled MiB", "KiB a viewer", "settled KiB a viewer", "of it live objects", "lag p50 ms", "lag p99 ms", "client µs a delivered chunk");
        await StepAsync(system, redis, WarmUpViewers, rate, TimeSpan.FromSeconds(5), cancellationToken);
        Step? first = null;
        foreach (var viewers in steps)
        {
            var step = await StepAsync(system, redis, viewers, rate, TimeSpan.FromSeconds(seconds), cancellationToken);
            first ??= step;
            var (used, grown) = (step.Used, step.Settled.Since(first.Settled));
            var more = viewers == first.Viewers ? double.NaN : viewers - first.Viewers;
            table.Add(
                viewers, used.MostChunks / used.Seconds, used.Api.TotalMicroseconds / used.Chunks, used.Api.TotalSeconds / used.Seconds * 100 / viewers,
                used.Redis.TotalMicroseconds / used.MostChunks, (double)used.RedisSent / used.MostChunks, step.Memory / Kibi / Kibi, step.Settled.Resident / Kibi / Kibi,
                (step.Memory - first.Memory) / Kibi / more, grown.Resident / Kibi / more, grown.Live / Kibi / more,
                step.Lag.At(0.5), step.Lag.At(0.99), used.Client.TotalMicroseconds / used.Chunks);
            Console.WriteLine($"{viewers} viewers: {used.Chunks / used.Seconds:N0} chunks/s delivered, {used.Api.TotalMicroseconds / used.Chunks:0.0} µs each, API {step.Memory / Kibi / Kibi:0.0} MiB, settled {step.Settled.Resident / Kibi / Kibi:0.0}");
        }

        Console.WriteLine("Memory is the API's resident set above that of the first step: as it is while chunks flow, and settled: no chunks, told to collect, read when it has stopped changing.");
        await table.WriteAsync(EnvironmentInfo.With(("chunks a second asked for", $"{rate}"), ("seconds a step", $"{seconds}"), ("appendfsync", fsync.Length == 0 ? "no append-only file" : fsync)));
        return 0;
    }

    private static async Task<Step> StepAsync(BenchSystem system, RedisReading redis, int viewers, int rate, TimeSpan time, CancellationToken cancellationToken)
    {
        await using var crowd = new ViewerPool(system);
        await crowd.AskAsync(1, new Answer(Answer.Clock, int.MaxValue, TimeSpan.FromSeconds(1) / rate), cancellationToken);
        await crowd.WatchAsync(viewers - 1, cancellationToken);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);
        var lag = crowd.Lag = new Percentiles();
        var before = await ResourceSample.TakeAsync(system, redis, crowd);
        await Task.Delay(time, TimeProvider.System, cancellationToken);
        var used = (await ResourceSample.TakeAsync(system, redis, crowd)).Since(before);
        crowd.Lag = null;
        var memory = system.Api.WorkingSet;
        var settled = await ProcessMemory.ReadAsync(system.Api, system.Provider, cancellationToken);
        if (crowd.Failure is { } failure)
        {
            throw new InvalidOperationException($"A viewer's stream failed: {failure}");
        }

        await crowd.EndAsync(cancellationToken);
        return new Step(viewers, used, lag, memory, settled);
    }

    private sealed record Step(int Viewers, ResourceSample Used, Percentiles Lag, long Memory, ProcessMemory Settled);
}
