namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>Faults of every kind under load, then a rolling restart; ends with a table, and with 1 when an invariant broke.</summary>
internal sealed class ChaosProgram : IAsyncDisposable
{
    private const int Deltas = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    private readonly ChaosOptions options;
    private readonly ChaosSystem system;
    private readonly ChaosStatistics statistics;
    private readonly ChaosStatistics rolling = new();
    private readonly ConcurrentDictionary<long, StreamScenario> scenarios = new();
    private readonly long began = Stopwatch.GetTimestamp();

    private ChaosProgram(ChaosOptions options, ChaosSystem system)
    {
        this.options = options;
        this.system = system;
        statistics = new ChaosStatistics { MayForgetJobs = options.HasSentinels };
    }

    public static async Task<int> RunAsync(ChaosOptions options, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || !RedisServer.IsInstalled)
        {
            await Console.Error.WriteLineAsync("The chaos run needs Linux, for its signals, and a redis-server in the PATH.");
            return HelpText.ExitCode;
        }

        Console.WriteLine($"Starting Redis (append-only file, appendfsync {options.Fsync}{(options.HasSentinels ? ", two replicas, three Sentinels" : "")}), API replicas, workers and a provider…");
        await using var program = new ChaosProgram(options, await ChaosSystem.StartAsync(options.Fsync, options.HasSentinels, cancellationToken));
        return await program.RunAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => system.DisposeAsync();

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var (memory, load) = await InjectAsync(all.Token);
            var restart = new RollingRestart(system, rolling, new LoadGenerator(system, rolling, scenarios, options.Seed, load.Last));
            if (options.Rolling > 0)
            {
                Console.WriteLine($"Rolling restart of every process under {options.Rolling} streams:");
                await restart.RunAsync(options.Rolling, all.Token);
            }

            var clean = statistics.IsClean && rolling.IsClean && restart.KilledCount == 0;
            await ChaosReport.WriteAsync(options, statistics, rolling, restart.KilledCount, memory, Stopwatch.GetElapsedTime(began));
            Console.WriteLine(clean ? "Every invariant held." : $"AN INVARIANT BROKE. The processes' output is in {system.OutputDirectory}.");
            if (clean)
            {
                system.DiscardOutput();
            }

            return clean ? 0 : 1;
        }
        finally
        {
            await all.CancelAsync();
        }
    }

    private async Task<((string Start, string End) Memory, LoadGenerator Load)> InjectAsync(CancellationToken cancellationToken)
    {
        using var stopFaults = new CancellationTokenSource();
        using var stopLoad = new CancellationTokenSource();
        var load = new LoadGenerator(system, statistics, scenarios, options.Seed);
        var loading = load.RunAsync(new LoadShape(options.Streams, options.Viewers, Deltas, Interval, MayFail: true), stopLoad.Token, cancellationToken);
        await Task.Delay(WarmUp, TimeProvider.System, cancellationToken);
        var start = system.DescribeMemory();
        var injector = new FaultInjector(system, scenarios, statistics, options);
        system.Provider.OnAborted = generation =>
        {
            if (injector.Cancelled.TryGetValue(generation.Answer.Stream, out var scenario) && scenario.Aborted() is { } time)
            {
                statistics.Aborts.Add(time);
            }
        };
        var injecting = injector.RunAsync(stopFaults.Token, cancellationToken);

        using var progress = new PeriodicTimer(ProgressInterval, TimeProvider.System);
        while (statistics.Delivered < options.Chunks || Stopwatch.GetElapsedTime(began) < options.Time)
        {
            if (injecting.IsFaulted || loading.IsFaulted)
            {
                await Task.WhenAll(injecting, loading);
            }

            await progress.WaitForNextTickAsync(cancellationToken);
            Progress();
        }

        await stopFaults.CancelAsync();
        await injecting;

        // Under the same load as at the start; the rolling restart has another one.
        var end = system.DescribeMemory();
        await stopLoad.CancelAsync();
        while (!loading.IsCompleted)
        {
            await progress.WaitForNextTickAsync(cancellationToken);
            Progress();
        }

        await loading;
        return ((start, end), load);
    }

    private void Progress() => Console.WriteLine(
        $"{Stopwatch.GetElapsedTime(began):mm\\:ss}  streams {statistics.Ended:N0} ended, {scenarios.Count} under way  chunks {statistics.Delivered:N0}  "
        + string.Join(' ', Enum.GetValues<Violation>().Select(violation => $"{violation} {statistics.Count(violation)}"))
        + $"  faults {statistics.Faults.Values.Sum():N0}  reconnections {statistics.Reconnections:N0}");
}
