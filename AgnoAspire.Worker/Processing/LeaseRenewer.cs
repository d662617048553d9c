using AgnoAspire.ChatJobs;

namespace AgnoAspire.Worker.Processing;

/// <summary>
/// Sends the heartbeat of each running job three times per lease, spread over the interval, so that many jobs are no burst for Redis. That the
/// worker lives shows its own lease (<see cref="JobRecoverer"/>); with every third heartbeat Redis learns that the worker still knows the claim.
/// </summary>
internal sealed partial class LeaseRenewer(
    JobQueue queue, JobStore jobs, JobExecutions executions, IOptions<ChatJobsOptions> options, TimeProvider time, ILogger<LeaseRenewer> logger)
    : BackgroundService
{
    private const int BatchSize = 64;
    private const int HeartbeatsPerRenewal = 3;

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
            var due = batch.Where((execution, index) =>
                areLive[index] && !execution.IsReleasing && execution.Heartbeats % HeartbeatsPerRenewal == 0);
            foreach (var lost in await queue.RenewAsync([.. due.Select(execution => execution.Claim)]))
            {
                LogLost(lost.JobId);
                executions.Stop(lost, StopReason.Lost);
            }

            foreach (var execution in batch)
            {
                execution.Heartbeats++;
            }
        }

        schedule.Complete();
    }

    private async Task<bool> HeartbeatAsync(JobExecution execution)
    {
        var status = await jobs.HeartbeatAsync(execution.Claim, execution.IsReleasing ? null : execution.Job);
        if (status is WriterStatus.Cancelled or WriterStatus.Fenced)
        {
            executions.Stop(execution.Claim, status == WriterStatus.Cancelled ? StopReason.Cancelled : StopReason.Lost);
        }

        return status is WriterStatus.Active or WriterStatus.Cancelled;
    }

    [LoggerMessage(LogLevel.Warning, "Lease of job {JobId} was lost; stopping it.")]
    private partial void LogLost(string jobId);
}
