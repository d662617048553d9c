using AgnoAspire.Testing.Explorer;

namespace AgnoAspire.Benchmarks.Explore;

/// <summary>Explores interleavings, seed by seed; a failure is saved with its order of commands and can be replayed.</summary>
internal static class ExploreProgram
{
    private const int MaxFailures = 10;

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var (first, count) = (arguments.Number("seed", 1, 0, int.MaxValue / 2), arguments.Number("seeds", 1000, 1, int.MaxValue / 2));
        var parallel = arguments.Number("parallel", 1, 1, 64);
        var (bug, replay, output) = (arguments.Text("bug"), arguments.Text("replay"), arguments.Text("output") ?? "explorer-failures");
        arguments.End();
        if (replay is not null)
        {
            return await ReplayAsync(replay, cancellationToken);
        }

        if (bug == "all")
        {
            return await PlantAllAsync(first, count, parallel, cancellationToken);
        }

        var watch = Stopwatch.StartNew();
        var (failures, ran) = await ExploreAsync(first, count, bug, MaxFailures, parallel, cancellationToken);
        foreach (var failure in failures)
        {
            Console.WriteLine($"seed {failure.Seed}: {failure.Message} Replay: --replay {await SaveAsync(failure, output, cancellationToken)}");
        }

        var rate = ran / watch.Elapsed.TotalSeconds;
        Console.WriteLine($"{ran} seeds from {first} in {watch.Elapsed.TotalSeconds:0.0} s ({rate:0.0} per second): {failures.Count} failures.");
        return failures.Count == 0 ? 0 : 1;
    }

    // Each bug is found when any seed fails.
    private static async Task<int> PlantAllAsync(int first, int count, int parallel, CancellationToken cancellationToken)
    {
        Console.WriteLine("| planted bug | seeds needed | found as |\n|---|---:|---|");
        var missed = 0;
        foreach (var bug in InterleavingExplorer.PlantableBugs)
        {
            var (failures, _) = await ExploreAsync(first, count, bug, 1, parallel, cancellationToken);
            var found = failures.MinBy(failure => failure.Seed);
            missed += found is null ? 1 : 0;
            Console.WriteLine($"| `{bug}` | {(found is null ? $"not within {count}" : found.Seed - first + 1)} | {found?.Message} |");
        }

        return missed == 0 ? 0 : 1;
    }

    private static async Task<(List<ExplorerFailure> Failures, int Ran)> ExploreAsync(
        int first, int count, string? bug, int maxFailures, int parallel, CancellationToken cancellationToken)
    {
        var failures = new ConcurrentBag<ExplorerFailure>();
        var ran = 0;
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(async _ =>
        {
            await using var server = await RedisServer.StartAsync();
            using var explorer = new InterleavingExplorer(server.Address);
            await Task.Factory.StartNew(() => RunSeeds(explorer), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }));
        cancellationToken.ThrowIfCancellationRequested();
        return ([.. failures.OrderBy(failure => failure.Seed)], Math.Min(ran, count));

        void RunSeeds(InterleavingExplorer explorer)
        {
            while (failures.Count < maxFailures && !cancellationToken.IsCancellationRequested
                && Interlocked.Increment(ref ran) is var number && number <= count)
            {
                if (explorer.Run(first + number - 1, bug) is { } failure)
                {
                    failures.Add(failure);
                }
            }
        }
    }

    private static async Task<int> ReplayAsync(string file, CancellationToken cancellationToken)
    {
        var saved = JsonSerializer.Deserialize<ExplorerFailure>(await File.ReadAllTextAsync(file, cancellationToken))!;
        await using var server = await RedisServer.StartAsync();
        using var explorer = new InterleavingExplorer(server.Address);
        var failure = explorer.Replay(saved);
        Console.WriteLine(string.Join(Environment.NewLine, failure?.Trace ?? []));
        Console.WriteLine(failure?.Message ?? "Every invariant held.");
        return failure is null ? 0 : 1;
    }

    private static async Task<string> SaveAsync(ExplorerFailure failure, string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, $"{failure.PlantedBug ?? "seed"}-{failure.Seed}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(failure), cancellationToken);
        return file;
    }
}
