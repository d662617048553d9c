using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Redis;

namespace AgnoAspire.Worker.Processing;

/// <summary>
/// Keeps the chunks of ended streams until Redis has held them for a while, over any crash or failover in that time, and a replica has them,
/// if there is one. What was lost is appended again: who reads the stream later finds all of it.
/// </summary>
internal sealed partial class EndedStreams(ReplicationBarrier barrier, RateLimits limits, TimeProvider time, ILogger<EndedStreams> logger) : BackgroundService
{
    /// <summary>More than Redis loses with appendfsync everysec, and than a demoted primary still accepts writes.</summary>
    public static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(5);

    private const int BatchSize = 256;
    private const long MaxBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopInterval = TimeSpan.FromSeconds(0.25);

    private readonly ConcurrentQueue<(EndedStream Stream, long Since)> kept = new();
    private long bytes;

    /// <summary>Keeps a stream; beyond the bound of memory, the oldest are checked early, and then forgotten.</summary>
    public void Add(EndedStream stream)
    {
        Interlocked.Add(ref bytes, stream.Size);
        kept.Enqueue((stream, time.GetTimestamp()));
    }

    /// <summary>Restores what was lost of the streams kept for at least a time, and forgets those that are safe.</summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable; everything is kept.</exception>
    public async Task CheckAsync(TimeSpan minAge)
    {
        for (var remaining = kept.Count; remaining > 0; remaining -= BatchSize)
        {
            var due = TakeDue(minAge, Math.Min(remaining, BatchSize));
            if (due.Count == 0)
            {
                return;
            }

            var safe = new HashSet<string>();
            try
            {
                var checks = await Task.WhenAll(due.Select(RestoreAsync));
                safe = [.. await barrier.PassAsync(checks.OfType<string>())];
            }
            finally
            {
                foreach (var stream in due)
                {
                    var isTooMuch = Interlocked.Read(ref bytes) > MaxBytes;
                    if (isTooMuch && !safe.Contains(stream.JobId))
                    {
                        LogForgotten(stream.JobId);
                    }

                    if (isTooMuch || safe.Contains(stream.JobId))
                    {
                        Interlocked.Add(ref bytes, -stream.Size);
                    }
                    else
                    {
                        kept.Enqueue((stream, time.GetTimestamp()));
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var giveUp = new CancellationTokenSource(JobProcessor.RequeueTime, time);
        while (!kept.IsEmpty && !cancellationToken.IsCancellationRequested && !giveUp.IsCancellationRequested)
        {
            try
            {
                await CheckAsync(TimeSpan.Zero);
            }
            catch (ChatJobsUnavailableException)
            {
                // Tried again for a while.
            }

            if (!kept.IsEmpty)
            {
                await Task.Delay(StopInterval, time, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        RedisLoop.RepeatAsync(Interval, () => CheckAsync(HoldTime), time, logger, stoppingToken);

    private List<EndedStream> TakeDue(TimeSpan minAge, int count)
    {
        var due = new List<EndedStream>();
        while (due.Count < count && kept.TryPeek(out var oldest)
            && (time.GetElapsedTime(oldest.Since) >= minAge || Interlocked.Read(ref bytes) > MaxBytes) && kept.TryDequeue(out oldest))
        {
            due.Add(oldest.Stream);
        }

        return due;
    }

    // The id when nothing was lost; what was restored is kept as if it had ended now.
    private async Task<string?> RestoreAsync(EndedStream stream)
    {
        if (!await stream.RestoreAsync())
        {
            return stream.JobId;
        }

        LogRestored(stream.JobId);
        await limits.SettleAsync(stream.JobId);
        return null;
    }

    [LoggerMessage(LogLevel.Warning, "The end of job {JobId} is not kept until a replica has it: the replica is too far behind.")]
    private partial void LogForgotten(string jobId);

    [LoggerMessage(LogLevel.Warning, "Redis had lost chunks of job {JobId}, which had ended; they are there again.")]
    private partial void LogRestored(string jobId);
}
