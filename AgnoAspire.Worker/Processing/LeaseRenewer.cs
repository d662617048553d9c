using AgnoAspire.ChatJobs;

namespace AgnoAspire.Worker.Processing;

/// <summary>
/// Renews the lease of each running job three times per lease and sends its heartbeat as often, spread over the interval, so that many jobs are
/// no burst for Redis.
/// </summary>
internal sealed partial class LeaseRenewer(
    JobQueue queue, JobStore jobs, JobExecutions executions, IOptions<ChatJobsOptions> options, TimeProvider time, ILogger<LeaseRenewer> logger)
    : BackgroundService
{
    private const int BatchSize = 64;

    private readonly JobSchedule schedule = new(options.Value.LeaseDuration / 3, time);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        RedisLoop.RepeatAsync(schedule.Step, RenewAsync, time, logger, stoppingToken);

    private async Task RenewAsync()
    {
        schedule.Advance();
        foreach (var batch in executions.Snapshot.Where(execution => schedule.IsDue(execution.Number)).Chunk(BatchSize))
        {
            var renewing = queue.RenewAsync([.. batch.Select(execution => execution.Claim)]);
            await Task.WhenAll(batch.Select(HeartbeatAsync));
            foreach (var lost in await renewing)
            {
                LogLost(lost.JobId);
                executions.Stop(lost, StopReason.Lost);
            }
        }

        schedule.Complete();
    }

    private async Task HeartbeatAsync(JobExecution execution)
    {
        var status = await jobs.HeartbeatAsync(execution.Claim, execution.Job);
        if (status is WriterStatus.Cancelled or WriterStatus.Fenced)
        {
            executions.Stop(execution.Claim, status == WriterStatus.Cancelled ? StopReason.Cancelled : StopReason.Lost);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Lease of job {JobId} was lost; stopping it.")]
    private partial void LogLost(string jobId);
}
