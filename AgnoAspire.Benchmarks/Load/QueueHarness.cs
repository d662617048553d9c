using System.Collections.Concurrent;
using System.Diagnostics;
using AgnoAspire.Benchmarks.Harness;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;

namespace AgnoAspire.Benchmarks.Load;

/// <summary>One queue, a service that fills it, and workers that claim as ours do, each with connections of its own: one claim after the other, then the bell.</summary>
internal sealed class QueueHarness : IAsyncDisposable
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<string, long> waiting = new();
    private readonly JobsHost api;
    private readonly JobsHost[] workers;
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] loops;
    private Percentiles enqueued = new();
    private Percentiles claimed = new();
    private long pending;

    private QueueHarness(JobsHost api, JobsHost[] workers)
    {
        this.api = api;
        this.workers = workers;
        loops = [.. workers.Select(ClaimAsync)];
    }

    public static async Task<QueueHarness> StartAsync(int redisPort, string keyPrefix, int workers)
    {
        var api = await JobsHost.StartAsync(redisPort, keyPrefix);
        return new QueueHarness(api, await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => JobsHost.StartAsync(redisPort, keyPrefix))));
    }

    /// <summary>Puts a job in the queue.</summary>
    /// <exception cref="InvalidOperationException">The queue did not take it.</exception>
    public async Task EnqueueAsync(string owner)
    {
        var id = JobId.New();
        Interlocked.Increment(ref pending);
        var began = waiting[id] = Stopwatch.GetTimestamp();
        var ticket = await api.Get<JobQueue>().EnqueueAsync(id, owner);
        if (ticket.Status != EnqueueStatus.Accepted)
        {
            throw new InvalidOperationException($"The queue said {ticket.Status}.");
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

            if (Stopwatch.GetElapsedTime(began) > DrainLimit)
            {
                throw new InvalidOperationException($"{Interlocked.Read(ref pending)} jobs were not claimed within {DrainLimit.TotalMinutes} minutes.");
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The times since the last call: of putting a job in the queue, and from before that until a worker had it.</summary>
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

    private async Task ClaimAsync(JobsHost worker)
    {
        var queue = worker.Get<JobQueue>();
        var bell = worker.Get<JobNotifier>();
        while (!stop.IsCancellationRequested)
        {
            if (await queue.ClaimAsync() is not { } claim)
            {
                await bell.WaitAsync();
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
