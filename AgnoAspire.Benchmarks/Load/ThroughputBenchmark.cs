namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// How many of the provider's deltas arrive per second when it sends as fast as possible, and their cost in processor time, beside the limits
/// of the parts: push and publish of Redis alone, and Kestrel writing the same events from memory.
/// </summary>
internal static class ThroughputBenchmark
{
    private const int Deltas = 120_000;
    private static readonly int[] Concurrencies = [1, 64, 512];

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var rounds = arguments.Number("rounds", 3, 1, 1000);
        var fsync = arguments.Fsync();
        arguments.End();
        await using var system = await BenchSystem.StartAsync(fsync, withPortkey: true, cancellationToken);
        await using var kestrel = await KestrelBaseline.StartAsync();
        await using var redis = await RedisBaseline.StartAsync(system.Redis.Address.Authority);
        var table = new ResultTable("throughput", "streams", "what", "deltas/s", "µs of processor per delta", "times push + publish");
        foreach (var streams in Concurrencies)
        {
            var perStream = Deltas / streams;
            var measures = new List<Measure>
            {
                // This process does the client's work.
                new(
                    "Redis push + publish",
                    () => redis.RunAsync(streams, perStream, cancellationToken),
                    () => system.Redis.ProcessorTime + Environment.CpuUsage.TotalTime),
                new("Kestrel from memory", () => kestrel.RunAsync(streams, perStream, cancellationToken), () => TimeSpan.Zero),
            };
            measures.AddRange(system.Targets().Select(target => new Measure(
                target.Name, () => StreamsAsync(target, system.Http, streams, perStream, cancellationToken), () => target.ProcessorTime)));
            for (var round = 0; round <= rounds; round++)
            {
                foreach (var measure in measures)
                {
                    // The first round warms up.
                    await measure.RunAsync(streams * perStream, counts: round > 0);
                }

                Console.WriteLine($"{streams} streams, round {round}: {string.Join(", ", measures.Select(measure => $"{measure.Name} {measure.Rate:N0}/s"))}");
            }

            foreach (var measure in measures)
            {
                table.Add(streams, measure.Name, measure.Rate, measure.ProcessorTime, measure.Rate / measures[0].Rate);
            }
        }

        await table.WriteAsync(fsync, ("rounds", $"{rounds}"), ("deltas per round", $"{Deltas}"));
        return 0;
    }

    private static Task StreamsAsync(ChatTarget target, HttpClient http, int streams, int deltas, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, streams).Select(_ =>
            new TimedStream(target, http, new Percentiles(), new Percentiles()).RunAsync(
                new GeneratedAnswer(GeneratedAnswer.Timestamps, deltas, TimeSpan.Zero), cancellationToken)));

    private sealed class Measure(string name, Func<Task> run, Func<TimeSpan> processorTime)
    {
        private readonly List<double> rates = [];
        private readonly List<double> costs = [];

        public string Name => name;

        /// <summary>Gets the median of all rounds, in deltas per second.</summary>
        public double Rate => Median(rates);

        /// <summary>Gets the median of all rounds, in microseconds per delta; NaN where this process does the work.</summary>
        public double ProcessorTime => Median(costs) is var cost && cost > 0 ? cost : double.NaN;

        public async Task RunAsync(int deltas, bool counts)
        {
            var usedBefore = processorTime();
            var began = Stopwatch.GetTimestamp();
            await run();
            if (counts)
            {
                rates.Add(deltas / Stopwatch.GetElapsedTime(began).TotalSeconds);
                costs.Add((processorTime() - usedBefore).TotalMicroseconds / deltas);
            }
        }

        private static double Median(List<double> values) => values.Count == 0 ? double.NaN : values.Order().ElementAt(values.Count / 2);
    }
}
