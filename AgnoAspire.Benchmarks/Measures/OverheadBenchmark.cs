using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Measures;

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
        var rounds = arguments.Number("rounds", 5, 1, 1000);
        var words = arguments.Number("words", 60, 2, 100_000);
        var fsync = arguments.Text("fsync", "");
        arguments.End();
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: true, cancellationToken);
        var targets = system.Targets();
        var table = new ResultTable(
            "overhead", "streams", "through", "first chunk p50", "first p90", "first p99", "first added p50",
            "chunk p50", "chunk p90", "chunk p99", "chunk added p50", "chunk added p99");
        await RoundAsync(system, targets, 16, new Answer(Answer.Clock, words, TimeSpan.Zero), _ => (new Percentiles(), new Percentiles()), cancellationToken);
        foreach (var streams in Concurrencies)
        {
            var times = targets.ToDictionary(target => target, _ => (First: new Percentiles(), Pieces: new Percentiles()));
            for (var round = 1; round <= (streams == 1 ? rounds * 4 : rounds); round++)
            {
                await RoundAsync(system, targets, streams, new Answer(Answer.Clock, words, Pace), target => times[target], cancellationToken);
                Console.WriteLine($"{streams} streams, round {round}: {string.Join(", ", times.Select(pair => $"{pair.Key.Name} {pair.Value.First.At(0.5):0.00} and {pair.Value.Pieces.At(0.5):0.00} ms"))}");
            }

            var direct = times[targets[0]];
            foreach (var (target, (first, pieces)) in times)
            {
                table.Add(
                    streams, target.Name, first.At(0.5), first.At(0.9), first.At(0.99), first.At(0.5) - direct.First.At(0.5),
                    pieces.At(0.5), pieces.At(0.9), pieces.At(0.99), pieces.At(0.5) - direct.Pieces.At(0.5), pieces.At(0.99) - direct.Pieces.At(0.99));
            }
        }

        Console.WriteLine("All times in milliseconds.");
        await table.WriteAsync(MachineFacts.With(("pace", $"{Pace.TotalMilliseconds} ms"), ("rounds", $"{rounds}"), ("chunks a stream", $"{words}"), ("appendfsync", fsync.Length == 0 ? "no append-only file" : fsync)));
        return 0;
    }

    private static async Task RoundAsync(
        BenchSystem system, IReadOnlyList<ChatTarget> targets, int streams, Answer answer, Func<ChatTarget, (Percentiles First, Percentiles Pieces)> times, CancellationToken cancellationToken)
    {
        foreach (var target in targets)
        {
            var (first, pieces) = times(target);
            await Task.WhenAll(Enumerable.Range(0, streams).Select(async i =>
            {
                // Callers do not come in step.
                await Task.Delay(answer.Pace * i / streams, TimeProvider.System, cancellationToken);
                await new TimedStream(target, system.Http, first, pieces).RunAsync(answer, cancellationToken);
            }));
        }
    }
}
