using Microsoft.Extensions.Hosting;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>Reads the queue every few seconds, while somebody looks at its gauges.</summary>
internal sealed class QueueMetricsCollector : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly QueueAdmin queue;
    private readonly TimeProvider time;
    private readonly Func<bool> isWatched;
    private readonly TaskCompletionSource firstRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile QueueStats? reading;

    public QueueMetricsCollector(QueueAdmin queue, ChatJobsMetrics metrics, TimeProvider time)
    {
        this.queue = queue;
        this.time = time;
        isWatched = metrics.ObserveQueue(() => reading);
    }

    /// <summary>Gets what ends when the queue was read for the first time.</summary>
    public Task Read => firstRead.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            reading = isWatched() ? await ReadAsync() : null;
            firstRead.TrySetResult();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<QueueStats?> ReadAsync()
    {
        try
        {
            return await queue.ReadAsync();
        }
        catch (ChatJobsUnavailableException)
        {
            // An old number would look like a quiet queue.
            return null;
        }
    }
}
