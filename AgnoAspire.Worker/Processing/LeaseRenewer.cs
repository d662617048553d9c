using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Queue;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Processing;

/// <summary>Renews the leases of this worker's jobs and sends their heartbeats, recovers jobs with expired leases, registers the models.</summary>
internal sealed partial class LeaseRenewer(
    JobQueue queue,
    JobStore jobs,
    JobExecutions running,
    ModelRegistrar announcer,
    IOptions<ChatJobsOptions> options,
    TimeProvider time,
    ILogger<LeaseRenewer> logger) : BackgroundService
{
    private const int RenewedAtOnce = 64;

    // The job of a dead worker is claimed by another one within its lease and this interval.
    private static readonly TimeSpan RecoverInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RegisterInterval = TimeSpan.FromSeconds(3);

    private readonly JobSchedule schedule = new(options.Value.LeaseDuration / 3, time);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        RepeatAsync(RecoverInterval, RecoverAsync, stoppingToken),
        RepeatAsync(RegisterInterval, announcer.RegisterAsync, stoppingToken),
        RepeatAsync(schedule.Step, RenewAsync, stoppingToken));

    private async Task RepeatAsync(TimeSpan interval, Func<Task> action, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                try
                {
                    await action();
                }
                catch (ChatJobsUnavailableException exception)
                {
                    LogRedisUnavailable(exception.Fault);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; JobProcessor has drained before.
        }
    }

    private async Task RecoverAsync()
    {
        foreach (var jobId in await queue.RecoverExpiredAsync())
        {
            LogRecovered(jobId);
        }
    }

    private async Task RenewAsync()
    {
        schedule.Advance();
        foreach (var batch in running.Snapshot.Where(job => schedule.IsDue(job.Claim.JobId)).Chunk(RenewedAtOnce))
        {
            var renewing = queue.RenewAsync([.. batch.Select(job => job.Claim)]);
            await Task.WhenAll(batch.Select(HeartbeatAsync));
            foreach (var lost in await renewing)
            {
                LogLost(lost.JobId);
                running.Stop(lost, StopReason.Lost);
            }
        }

        schedule.Complete();
    }

    private async Task HeartbeatAsync(JobExecution job)
    {
        switch (await jobs.HeartbeatAsync(job.Claim))
        {
            case WriterStatus.Cancelled:
                running.Stop(job.Claim, StopReason.Cancelled);
                break;
            case WriterStatus.Fenced:
                running.Stop(job.Claim, StopReason.Lost);
                break;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Lease of job {JobId} expired; requeued.")]
    private partial void LogRecovered(string jobId);

    [LoggerMessage(LogLevel.Warning, "Lease of job {JobId} lost; stopping it.")]
    private partial void LogLost(string jobId);

    [LoggerMessage(LogLevel.Debug, "Redis is unavailable ({Fault}); leases are renewed when it is back.")]
    private partial void LogRedisUnavailable(string fault);
}
