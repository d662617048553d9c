namespace AgnoAspire.Worker.Processing;

/// <summary>Requeues jobs whose lease has expired because their worker was lost.</summary>
internal sealed partial class JobRecoverer(JobQueue queue, TimeProvider time, ILogger<JobRecoverer> logger) : BackgroundService
{
    // A lost worker's job is claimed again within its lease and this.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RedisLoop.RepeatAsync(Interval, RecoverAsync, time, logger, stoppingToken);

    private async Task RecoverAsync()
    {
        foreach (var jobId in await queue.RecoverExpiredAsync())
        {
            LogRecovered(jobId);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Lease of job {JobId} expired; requeued.")]
    private partial void LogRecovered(string jobId);
}
