using System.Collections.Concurrent;
using System.Diagnostics;
using AgnoAspire.Benchmarks.Harness;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>Faults of every kind under load, then a rolling restart; ends with a table, and with 1 when an invariant broke.</summary>
internal sealed class ChaosProgram : IAsyncDisposable
{
    private const int Words = 500;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    private readonly ChaosOptions options;
    private readonly SystemUnderTest system;
    private readonly ChaosStatistics ledger = new();
    private readonly ChaosStatistics rolling = new();
    private readonly ConcurrentDictionary<long, StreamScenario> runs = new();
    private readonly long began = Stopwatch.GetTimestamp();

    private ChaosProgram(ChaosOptions options, SystemUnderTest system)
    {
        this.options = options;
        this.system = system;
    }

    public static async Task<int> RunAsync(ChaosOptions options, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || !RedisProcess.IsInstalled)
        {
            await Console.Error.WriteLineAsync("The chaos   needs Linux, for its signals, and a redis-server in the PATH.");
            return HelpText.ExitCode;
        }

        Console.WriteLine($"Starting Redis (append-only file, appendfsync {options.Fsync}), API replicas, workers and a provider…");
        await using var program = new ChaosProgram(options, await SystemUnderTest.StartAsync(options.Fsync, cancellationToken));
        return await program.RunAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => system.DisposeAsync();

    private async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var (start, end, load) = await FaultsAsync(all.Token);
            var restart = new RollingRestart(system, rolling, new Load(system, rolling, runs, options.Seed) { Last = load.Last });
            if (options.Rolling > 0)
            {
                Console.WriteLine($"Rolling restart of every process under {options.Rolling} streams:");
                await restart.RunAsync(options.Rolling, all.Token);
            }

            var clean = ledger.IsClean && rolling.IsClean && restart.KilledCount == 0;
            await ChaosReport.WriteAsync(options, ledger, rolling, restart, start, end, Stopwatch.GetElapsedTime(began));
            Console.WriteLine(clean ? "Every invariant held." : $"AN INVARIANT BROKE. The processes' output is in {system.OutputDirectory}.");
            system.KeepsOutput = !clean;
            return clean ? 0 : 1;
        }
        finally
        {
            await all.CancelAsync();
        }
    }

    private async Task<(Memory Start, Memory End, Load Load)> FaultsAsync(CancellationToken cancellationToken)
    {
        using var stopFaults = new CancellationTokenSource();
        using var stopLoad = new CancellationTokenSource();
        var load = new Load(system, ledger, runs, options.Seed);
        var loading = load.RunAsync(new LoadShape(options.Streams, options.Viewers, Words, Pace, MayFail: true), stopLoad.Token, cancellationToken);
        await Task.Delay(WarmUp, TimeProvider.System, cancellationToken);
        var start = new Memory(system);
        var injector = new FaultInjector(system, runs, ledger, options);
        system.Provider.OnAborted = generation =>
        {
            if (injector.Cancelled.TryGetValue(generation.Answer.Stream, out var run) && run.Aborted() is { } time)
            {
                ledger.Aborts.Add(time);
            }
        };
        var injecting = injector.RunAsync(stopFaults.Token, cancellationToken);

        using var progress = new PeriodicTimer(ProgressEvery, TimeProvider.System);
        while (ledger.Delivered < options.Chunks || Stopwatch.GetElapsedTime(began) < options.Time)
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
        var end = new Memory(system);
        await stopLoad.CancelAsync();
        while (!loading.IsCompleted)
        {
            await progress.WaitForNextTickAsync(cancellationToken);
            Progress();
        }

        await loading;
        return (start, end, load);
    }

    private void Progress() => Console.WriteLine(
        $"{Stopwatch.GetElapsedTime(began):mm\\:ss}  streams {ledger.Ended:N0} ended, {runs.Count} under way  chunks {ledger.Delivered:N0}  "
        + $"lost {ledger.Lost} repeated {ledger.Repeated} out of order {ledger.OutOfOrder} different {ledger.Different} unterminated {ledger.Unterminated} "
        + $"unexplained ends {ledger.UnexpectedEndings} failed POSTs {ledger.FailedPosts}  faults {ledger.Faults.Values.Sum():N0}  reconnections {ledger.Reconnections:N0}");
}
