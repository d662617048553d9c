namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>
/// Injects one fault after the other, several at a time if they last, from a plan determined by the seed: every kind once before any again.
/// Which streams a fault hits depends on the machine.
/// </summary>
internal sealed class FaultInjector(ChaosSystem system, ConcurrentDictionary<long, StreamScenario> scenarios, ChaosStatistics statistics, ChaosOptions options)
{
    private static readonly TimeSpan LongOutage = TimeSpan.FromSeconds(10);

    private readonly Random random = new(options.Seed);
    private readonly List<Task> lasting = [];
    private readonly ConcurrentDictionary<ServerProcess, byte> busy = new();

    /// <summary>Gets the streams whose callers cancelled; their workers may hang up on the provider after the stream has ended.</summary>
    public ConcurrentDictionary<long, StreamScenario> Cancelled { get; } = new();

    /// <summary>Injects until told to stop; every process runs again when this returns.</summary>
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
            // Stopped.
        }

        await Task.WhenAll(lasting);
    }

    // Every random number is drawn here, in the order of the plan.
    private Task Plan(FaultKind kind, CancellationToken cancellationToken)
    {
        var worker = system.Workers[random.Next(system.Workers.Count)];
        var api = system.Apis[random.Next(system.Apis.Count)];
        var isLong = random.Next(2) == 0;
        var time = Seconds(0.3, 3);
        var count = random.Next(1, 4);
        return kind switch
        {
            FaultKind.WorkerKill => KillAsync(kind, worker, TimeSpan.FromSeconds(0.3), cancellationToken),
            FaultKind.WorkerStop => StopAsync(kind, worker, isLong ? ChaosSystem.LeaseDuration + time + TimeSpan.FromSeconds(1) : time, cancellationToken),
            FaultKind.ApiKill => KillAsync(kind, api, TimeSpan.FromSeconds(0.3), cancellationToken),
            FaultKind.ApiStop => StopAsync(kind, api, isLong ? time * 3 : time, cancellationToken),
            FaultKind.PubSubKill => TryAsync(kind, system.Redis, system.KillSubscriptionsAsync),
            FaultKind.RedisFailover => FailOverAsync(kind, cancellationToken),
            FaultKind.RedisPromotion => FailOverAsync(kind, cancellationToken),
            FaultKind.RedisRestart => KillAsync(kind, system.Redis, isLong ? LongOutage : time, cancellationToken),
            FaultKind.ProviderCut => FailProvider(kind, ProviderFault.Cut, count),
            FaultKind.ProviderStall => FailProvider(kind, ProviderFault.Stall, count),
            FaultKind.ProviderGarbage => FailProvider(kind, ProviderFault.Garbage, count),
            FaultKind.ViewerStop => InterruptViewers(kind, leaves: false, isLong ? time * 4 : time, count * 10),
            FaultKind.ViewerLeave => InterruptViewers(kind, leaves: true, time, count * 10),
            _ => CancelAsync(kind, count, cancellationToken),
        };
    }

    // Skips a fault of a process that another fault has at the moment.
    private async Task TryAsync(FaultKind kind, ServerProcess process, Func<Task> inject)
    {
        if (!busy.TryAdd(process, 0))
        {
            return;
        }

        statistics.Injected(kind);
        try
        {
            await inject();
        }
        finally
        {
            busy.TryRemove(process, out _);
        }
    }

    private Task KillAsync(FaultKind kind, ServerProcess process, TimeSpan down, CancellationToken cancellationToken) => TryAsync(kind, process, async () =>
    {
        await process.KillAsync();
        await Task.Delay(down, TimeProvider.System, cancellationToken);
        await process.StartAsync(cancellationToken);
    });

    private Task StopAsync(FaultKind kind, ServerProcess process, TimeSpan time, CancellationToken cancellationToken) => TryAsync(kind, process, async () =>
    {
        process.Suspend();
        try
        {
            await Task.Delay(time, TimeProvider.System, cancellationToken);
        }
        finally
        {
            process.Resume();
        }
    });

    private Task FailOverAsync(FaultKind kind, CancellationToken cancellationToken) => TryAsync(kind, system.Redis, async () =>
        statistics.Failovers.Add(await system.FailOverAsync(kind == FaultKind.RedisFailover, cancellationToken)));

    private Task FailProvider(FaultKind kind, ProviderFault fault, int count)
    {
        foreach (var generation in Some(system.Provider.Live, count))
        {
            if (scenarios.TryGetValue(generation.Answer.Stream, out var scenario))
            {
                statistics.Injected(kind);
                scenario.HasProviderFault = true;
                generation.Fault = fault;
            }
        }

        return Task.CompletedTask;
    }

    private Task InterruptViewers(FaultKind kind, bool leaves, TimeSpan time, int count)
    {
        foreach (var viewer in Some([.. scenarios.Values.SelectMany(scenario => scenario.Viewers)], count))
        {
            statistics.Injected(kind);
            viewer.Interrupt(time, leaves);
        }

        return Task.CompletedTask;
    }

    private async Task CancelAsync(FaultKind kind, int count, CancellationToken cancellationToken)
    {
        foreach (var scenario in Some([.. scenarios.Values.Where(scenario => scenario.JobId.IsCompletedSuccessfully)], count))
        {
            statistics.Injected(kind);
            await CancelAsync(scenario, cancellationToken);
        }
    }

    private async Task CancelAsync(StreamScenario scenario, CancellationToken cancellationToken)
    {
        const int MaxAttempts = 100;
        var id = await scenario.JobId;
        scenario.Cancelled();
        Cancelled[scenario.Answer.Stream] = scenario;
        for (var i = 0; i < MaxAttempts; i++)
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
                // That replica is down; the next one is tried.
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

    private TimeSpan Seconds(double minimum, double maximum) => TimeSpan.FromSeconds(minimum + (random.NextDouble() * (maximum - minimum)));
}
