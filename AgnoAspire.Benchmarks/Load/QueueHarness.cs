using AgnoAspire.ChatJobs.Queue;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>
/// One queue, a service that fills it, and workers that claim as ours do, each with connections of its own: one claim after the other, then the
/// notifier.
/// </summary>
internal sealed class QueueHarness : IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<string, long> waiting = new();
    private readonly ChatJobsHost api;
    private readonly ChatJobsHost[] workers;
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] loops;
    private Percentiles enqueued = new();
    private Percentiles claimed = new();
    private long pending;

    private QueueHarness(ChatJobsHost api, ChatJobsHost[] workers)
    {
        this.api = api;
        this.workers = workers;
        loops = [.. workers.Select(ClaimAsync)];
    }

    public static async Task<QueueHarness> StartAsync(string connectionString, string keyPrefix, int workers)
    {
        var hosts = await Task.WhenAll(Enumerable.Range(0, workers + 1).Select(_ => ChatJobsHost.StartAsync(connectionString, keyPrefix, settings =>
        {
            settings["ChatJobs:MaxQueued"] = "1000000";
            settings["ChatJobs:MaxQueuedPerCaller"] = "1000000";
        })));
        return new QueueHarness(hosts[0], hosts[1..]);
    }

    /// <exception cref="InvalidOperationException">The queue refused the job.</exception>
    public async Task EnqueueAsync(string owner)
    {
        var id = JobId.New();
        Interlocked.Increment(ref pending);
        var began = waiting[id] = Stopwatch.GetTimestamp();
        var result = await api.Queue.EnqueueAsync(id, owner);
        if (result.Status != EnqueueStatus.Accepted)
        {
            throw new InvalidOperationException($"The queue answered {result.Status}.");
        }

        enqueued.Add(Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Waits until every job was claimed and released.</summary>
    public async Task DrainedAsync(CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (Interlocked.Read(ref pending) > 0)
        {
            if (loops.FirstOrDefault(loop => loop.IsFaulted) is { } failed)
            {
                await failed;
            }

            if (Stopwatch.GetElapsedTime(began) > DrainTimeout)
            {
                throw new InvalidOperationException($"{Interlocked.Read(ref pending)} jobs were not claimed within {DrainTimeout.TotalMinutes} minutes.");
            }

            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The times since the last call: to enqueue a job, and from before that until a worker had it.</summary>
    public (Percentiles Enqueued, Percentiles Claimed) TakeTimes() =>
        (Interlocked.Exchange(ref enqueued, new Percentiles()), Interlocked.Exchange(ref claimed, new Percentiles()));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(loops);
        foreach (var host in workers.Append(api))
        {
            await host.DisposeAsync();
        }

        stop.Dispose();
    }

    private async Task ClaimAsync(ChatJobsHost worker)
    {
        var queue = worker.Queue;
        var notifier = worker.Get<JobNotifier>();
        while (!stop.IsCancellationRequested)
        {
            if (await queue.ClaimAsync() is not { } claim)
            {
                await notifier.WaitAsync();
                continue;
            }

            if (waiting.TryRemove(claim.JobId, out var began))
            {
                claimed.Add(Stopwatch.GetElapsedTime(began));
            }

            _ = ReleaseAsync(queue, claim);
        }
    }

    // As in a worker, where the claim loop does not wait for jobs to end.
    private async Task ReleaseAsync(JobQueue queue, JobClaim claim)
    {
        await queue.ReleaseAsync(claim);
        Interlocked.Decrement(ref pending);
    }
}
