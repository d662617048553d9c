namespace AgnoAspire.Worker.Processing;

/// <summary>Shows that this worker lives, and requeues the jobs of workers that were lost.</summary>
internal sealed partial class JobRecoverer(JobQueue queue, WorkerPresence presence, TimeProvider time, ILogger<JobRecoverer> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        presence.Begin();
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RedisLoop.RepeatAsync(Interval, RecoverAsync, time, logger, stoppingToken);

    private async Task RecoverAsync()
    {
        foreach (var jobId in await queue.RecoverExpiredAsync())
        {
            LogRecovered(jobId);
        }

        // After it: a worker that cannot subscribe still renews its lease.
        await presence.SubscribeAsync();
    }

    [LoggerMessage(LogLevel.Warning, "The worker of job {JobId} was lost; requeued.")]
    private partial void LogRecovered(string jobId);
}
