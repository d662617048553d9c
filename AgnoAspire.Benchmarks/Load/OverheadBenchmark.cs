using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// What a queue and a log between client and model cost in time: first chunk and every further chunk, beside a direct connection and beside a
/// proxy that keeps nothing. All take turns in one run, so that a busy machine is busy for all of them.
/// </summary>
internal static class OverheadBenchmark
{
    private static readonly int[] Concurrencies = [1, 64, 256];
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var rounds = arguments.Number("rounds", 3, 1, 1000);
        var words = arguments.Number("words", 40, 2, 100_000);
        var fsync = arguments.Text("fsync", "");
        arguments.End();
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: true, cancellationToken);
        var targets = system.Targets();
        var table = new ResultTable(
            "overhead", "streams", "through", "first chunk p50", "first p90", "first p99", "first added p50",
            "chunk p50", "chunk p90", "chunk p99", "chunk added p50", "chunk added p99");
        foreach (var target in targets)
        {
            Console.WriteLine($"Warming up {target.Name}…");
            await RoundAsync(system, target, clients: 8, streams: 250, new Answer(Answer.Clock, 20, TimeSpan.Zero), counted: null, cancellationToken);
        }

        foreach (var clients in Concurrencies)
        {
            var times = targets.ToDictionary(target => target, _ => (First: new Percentiles(), Pieces: new Percentiles()));
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var target in targets)
                {
                    await RoundAsync(system, target, clients, clients == 1 ? 8 : 3, new Answer(Answer.Clock, words, Pace), times[target], cancellationToken);
                }

                Console.WriteLine($"{clients} streams, round {round}: {string.Join(", ", times.Select(pair => $"{pair.Key.Name} {pair.Value.First.At(0.5):0.00} and {pair.Value.Pieces.At(0.5):0.00} ms"))}");
            }

            var direct = times[targets[0]];
            foreach (var (target, (first, pieces)) in times)
            {
                table.Add(
                    clients, target.Name, first.At(0.5), first.At(0.9), first.At(0.99), first.At(0.5) - direct.First.At(0.5),
                    pieces.At(0.5), pieces.At(0.9), pieces.At(0.99), pieces.At(0.5) - direct.Pieces.At(0.5), pieces.At(0.99) - direct.Pieces.At(0.99));
            }
        }

        Console.WriteLine("All times in milliseconds.");
        await table.WriteAsync(EnvironmentInfo.With(("pace", $"{Pace.TotalMilliseconds} ms"), ("rounds", $"{rounds}"), ("chunks a stream", $"{words}"), ("appendfsync", fsync.Length == 0 ? "no append-only file" : fsync)));
        return 0;
    }

    // Each client has one stream after another, and clients are evenly out of step, so that from its second stream on every one runs among as
    // many as there are clients, and the first chunks come as they do in a busy service and not in one burst. The first streams are not counted.
    private static Task RoundAsync(
        BenchSystem system, ChatTarget target, int clients, int streams, Answer answer, (Percentiles First, Percentiles Pieces)? counted, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(async i =>
        {
            await Task.Delay(answer.Pace * answer.Words * i / clients, TimeProvider.System, cancellationToken);
            for (var stream = 0; stream < streams; stream++)
            {
                var (first, pieces) = stream > 0 && counted is not null ? counted.Value : (new Percentiles(), new Percentiles());
                await new TimedStream(target, system.Http, first, pieces).RunAsync(answer, cancellationToken);
            }
        }));
}
