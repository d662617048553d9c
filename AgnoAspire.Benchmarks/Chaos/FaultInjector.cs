using System.Collections.Concurrent;
using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.Benchmarks.Provider;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>
/// Injects one fault after the other, several at a time where they last, from a plan that follows from the seed: every kind comes once before
/// any comes again. What a fault hits beside its plan (which streams are under way) depends on the machine.
/// </summary>
internal sealed class FaultInjector(SystemUnderTest system, ConcurrentDictionary<long, StreamScenario> runs, ChaosStatistics ledger, ChaosOptions options)
{
    private static readonly TimeSpan LongOutage = TimeSpan.FromSeconds(10);

    private readonly Random random = new(options.Seed);
    private readonly List<Task> lasting = [];

    /// <summary>Gets the streams whose callers cancelled; their workers may hang up at the provider after the stream has ended.</summary>
    public ConcurrentDictionary<long, StreamScenario> Cancelled { get; } = new();

    /// <summary>Injects until told to stop; everything is whole again when this returns.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken cancellationToken)
    {
        try
        {
            while (options.Faults.Length > 0)
            {
                var deck = options.Faults.ToArray();
                random.Shuffle(deck);
                foreach (var kind in deck)
                {
                    await Task.Delay(Seconds(0.7, 2.5), TimeProvider.System, stop);
                    lasting.Add(Plan(kind, cancellationToken));
                    lasting.RemoveAll(task => task.IsCompletedSuccessfully);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Enough.
        }

        await Task.WhenAll(lasting);
    }

    // Everything random is drawn here, before anything runs at once.
    private Task Plan(FaultKind kind, CancellationToken cancellationToken)
    {
        var worker = system.Workers[random.Next(system.Workers.Length)];
        var api = system.Apis[random.Next(system.Apis.Length)];
        var isLong = random.Next(2) == 0;
        var time = Seconds(0.3, 3);
        var count = random.Next(1, 4);
        return kind switch
        {
            FaultKind.WorkerKill => KillAsync(kind, worker, TimeSpan.FromSeconds(0.3), cancellationToken),
            FaultKind.WorkerStop => StopAsync(kind, worker, isLong ? SystemUnderTest.Lease + time + TimeSpan.FromSeconds(1) : time, cancellationToken),
            FaultKind.ApiKill => KillAsync(kind, api, TimeSpan.FromSeconds(0.3), cancellationToken),
            FaultKind.ApiStop => StopAsync(kind, api, isLong ? time * 3 : time, cancellationToken),
            FaultKind.PubSubKill => CutSubscriptionsAsync(kind),
            FaultKind.RedisRestart => KillAsync(kind, system.Redis, isLong ? LongOutage : time, cancellationToken),
            FaultKind.ProviderCut => HurtProvider(kind, ProviderFault.Cut, count),
            FaultKind.ProviderStall => HurtProvider(kind, ProviderFault.Stall, count),
            FaultKind.ProviderGarbage => HurtProvider(kind, ProviderFault.Garbage, count),
            FaultKind.ViewerStop => OrderViewers(kind, leaves: false, isLong ? time * 4 : time, count * 10),
            FaultKind.ViewerLeave => OrderViewers(kind, leaves: true, time, count * 10),
            _ => CancelAsync(kind, count, cancellationToken),
        };
    }

    private async Task KillAsync(FaultKind kind, ChildProcess process, TimeSpan down, CancellationToken cancellationToken) => await process.TryAsync(async () =>
    {
        ledger.Injected(kind);
        await process.KillAsync();
        await Task.Delay(down, TimeProvider.System, cancellationToken);
        await process.StartAsync(cancellationToken);
    });

    private async Task StopAsync(FaultKind kind, ChildProcess process, TimeSpan time, CancellationToken cancellationToken) => await process.TryAsync(async () =>
    {
        ledger.Injected(kind);
        process.Stop();
        try
        {
            await Task.Delay(time, TimeProvider.System, cancellationToken);
        }
        finally
        {
            process.Continue();
        }
    });

    private async Task CutSubscriptionsAsync(FaultKind kind) => await system.Redis.TryAsync(async () =>
    {
        ledger.Injected(kind);
        await system.CutSubscriptionsAsync();
    });

    private Task HurtProvider(FaultKind kind, ProviderFault misdeed, int count)
    {
        foreach (var generation in Some(system.Provider.Live, count))
        {
            if (runs.TryGetValue(generation.Answer.Stream, out var run))
            {
                ledger.Injected(kind);
                run.IsProviderHurt = true;
                generation.Misdeed = misdeed;
            }
        }

        return Task.CompletedTask;
    }

    private Task OrderViewers(FaultKind kind, bool leaves, TimeSpan time, int count)
    {
        foreach (var viewer in Some([.. runs.Values.SelectMany(run => run.Viewers)], count))
        {
            ledger.Injected(kind);
            viewer.Order(time, leaves);
        }

        return Task.CompletedTask;
    }

    private async Task CancelAsync(FaultKind kind, int count, CancellationToken cancellationToken)
    {
        foreach (var run in Some([.. runs.Values.Where(run => run.JobId.IsCompletedSuccessfully)], count))
        {
            ledger.Injected(kind);
            await CancelAsync(run, cancellationToken);
        }
    }

    private async Task CancelAsync(StreamScenario run, CancellationToken cancellationToken)
    {
        const int MostTries = 100;
        var id = await run.JobId;
        run.Cancelled();
        Cancelled[run.Answer.Stream] = run;
        for (var i = 0; i < MostTries; i++)
        {
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(TimeSpan.FromSeconds(3));
                using var response = await system.Http.DeleteAsync(new Uri(system.Api(i), $"/api/v1/chat/{id}"), limit.Token);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // That replica is away; the next one takes it.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    private T[] Some<T>(ICollection<T> all, int count)
    {
        var some = all.ToArray();
        random.Shuffle(some);
        return some[..Math.Min(count, some.Length)];
    }

    private TimeSpan Seconds(double least, double most) => TimeSpan.FromSeconds(least + (random.NextDouble() * (most - least)));
}
