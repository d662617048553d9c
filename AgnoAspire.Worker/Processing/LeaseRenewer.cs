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
            // A claim that Redis has lost is made again, which must not happen to one that was released.
            var areLive = await Task.WhenAll(batch.Select(HeartbeatAsync));
            var live = batch.Where((execution, index) => areLive[index] && !execution.IsReleasing).Select(execution => execution.Claim);
            foreach (var lost in await queue.RenewAsync([.. live]))
            {
                LogLost(lost.JobId);
                executions.Stop(lost, StopReason.Lost);
            }
        }

        schedule.Complete();
    }

    private async Task<bool> HeartbeatAsync(JobExecution execution)
    {
        var status = await jobs.HeartbeatAsync(execution.Claim, execution.Job);
        if (status is WriterStatus.Cancelled or WriterStatus.Fenced)
        {
            executions.Stop(execution.Claim, status == WriterStatus.Cancelled ? StopReason.Cancelled : StopReason.Lost);
        }

        return status is WriterStatus.Active or WriterStatus.Cancelled;
    }

    [LoggerMessage(LogLevel.Warning, "Lease of job {JobId} was lost; stopping it.")]
    private partial void LogLost(string jobId);
}
