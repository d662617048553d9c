using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs;

/// <summary>Reads the queue every few seconds, while somebody looks at its gauges.</summary>
internal sealed class QueueGauges : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly QueueControl queue;
    private readonly TimeProvider time;
    private readonly Func<bool> isWatched;
    private volatile QueueReading? reading;

    public QueueGauges(QueueControl queue, ChatJobsMetrics metrics, TimeProvider time)
    {
        this.queue = queue;
        this.time = time;
        isWatched = metrics.ObserveQueue(() => reading);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                reading = isWatched() ? await ReadAsync() : null;
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task<QueueReading?> ReadAsync()
    {
        try
        {
            return await queue.ReadAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // An old number would look like a quiet queue.
            return null;
        }
    }
}
