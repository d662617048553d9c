using AgnoAspire.Testing.Explorer;

namespace AgnoAspire.Benchmarks.Explore;

/// <summary>Explores interleavings, seed by seed; a failure is saved with its order of commands and can be replayed.</summary>
internal static class ExploreProgram
{
    public static async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var seeds = arguments.Number("seeds", 1000, 1, 10_000_000);
        var first = arguments.Number("seed", 1, 0, int.MaxValue);
        var bug = arguments.Text("bug");
        await using var server = await RedisServer.StartAsync();
        using var explorer = new InterleavingExplorer(server.Address);
        var watch = Stopwatch.StartNew();
        var failures = 0;
        for (var seed = first; seed < first + seeds; seed++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (explorer.Run(seed, bug) is { } failure)
            {
                failures++;
                Console.WriteLine($"seed {seed}: {failure.Message}");
                await File.WriteAllLinesAsync($"/tmp/explore-{seed}.txt", failure.Trace, cancellationToken);
                if (failures > 10)
                {
                    break;
                }
            }
        }

        Console.WriteLine($"{watch.Elapsed.TotalSeconds} s, {failures} failures");
        return failures == 0 ? 0 : 1;
    }
}
