namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// The latency that a queue and a log between client and model add to the first and to every further delta, beside a direct connection and a
/// proxy that stores nothing. All take turns in one run, so that a busy machine is busy for all of them.
/// </summary>
internal static class OverheadBenchmark
{
    private static readonly int[] Concurrencies = [1, 64, 256];
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var rounds = arguments.Number("rounds", 3, 1, 1000);
        var deltas = arguments.Number("deltas", 40, 2, 100_000);
        var fsync = arguments.Fsync();
        arguments.End();
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: true, cancellationToken);
        var targets = system.Targets();
        var table = new ResultTable(
            "overhead", "streams", "through", "first delta p50", "first p90", "first p99", "first added p50",
            "delta p50", "delta p90", "delta p99", "delta added p50", "delta added p99");
        foreach (var target in targets)
        {
            Console.WriteLine($"Warming up {target.Name}…");
            var warmUp = new GeneratedAnswer(GeneratedAnswer.Timestamps, 20, TimeSpan.Zero);
            await RoundAsync(system, target, clients: 8, streams: 250, warmUp, measured: null, cancellationToken);
        }

        var answer = new GeneratedAnswer(GeneratedAnswer.Timestamps, deltas, Interval);
        foreach (var clients in Concurrencies)
        {
            var times = targets.ToDictionary(target => target, _ => (First: new Percentiles(), Later: new Percentiles()));
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var target in targets)
                {
                    await RoundAsync(system, target, clients, clients == 1 ? 8 : 3, answer, times[target], cancellationToken);
                }

                var medians = times.Select(pair => $"{pair.Key.Name} {pair.Value.First.At(0.5):0.00} and {pair.Value.Later.At(0.5):0.00} ms");
                Console.WriteLine($"{clients} streams, round {round}: {string.Join(", ", medians)}");
            }

            var direct = times[targets[0]];
            foreach (var (target, (first, later)) in times)
            {
                table.Add(
                    clients, target.Name, first.At(0.5), first.At(0.9), first.At(0.99), first.At(0.5) - direct.First.At(0.5),
                    later.At(0.5), later.At(0.9), later.At(0.99), later.At(0.5) - direct.Later.At(0.5), later.At(0.99) - direct.Later.At(0.99));
            }
        }

        Console.WriteLine("All times in milliseconds.");
        await table.WriteAsync(fsync, ("interval", $"{Interval.TotalMilliseconds} ms"), ("rounds", $"{rounds}"), ("deltas per stream", $"{deltas}"));
        return 0;
    }

    // Each client has one stream after another, and clients are evenly out of step, so that first deltas arrive as in a busy service and not in
    // one burst. The first stream of each client is not measured: not all clients run yet.
    private static Task RoundAsync(
        BenchSystem system, ChatTarget target, int clients, int streams, GeneratedAnswer answer, (Percentiles First, Percentiles Later)? measured,
        CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(async i =>
        {
            await Task.Delay(answer.Interval * answer.Deltas * i / clients, TimeProvider.System, cancellationToken);
            for (var stream = 0; stream < streams; stream++)
            {
                var (first, later) = stream > 0 && measured is not null ? measured.Value : (new Percentiles(), new Percentiles());
                await new TimedStream(target, system.Http, first, later).RunAsync(answer, cancellationToken);
            }
        }));
}
