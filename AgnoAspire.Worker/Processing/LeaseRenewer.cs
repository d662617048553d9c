using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Processing;

/// <summary>Renews the leases of all running jobs three times per lease, in one script, and sends each job's heartbeat as often.</summary>
internal sealed partial class LeaseRenewer(
    JobQueue queue, JobStore jobs, JobExecutions executions, IOptions<ChatJobsOptions> options, TimeProvider time, ILogger<LeaseRenewer> logger) : BackgroundService
{
    // Heartbeats are one script per job: spread over the interval, so that many jobs are no burst for Redis.
    private const int HeartbeatSlices = 20;

    private readonly TimeSpan interval = options.Value.LeaseDuration / 3;
    private readonly long started = time.GetTimestamp();
    private long lastSlice = -1;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        RedisLoop.RepeatAsync(interval, RenewAsync, time, logger, stoppingToken),
        RedisLoop.RepeatAsync(interval / HeartbeatSlices, HeartbeatAsync, time, logger, stoppingToken));

    private async Task RenewAsync()
    {
        var claims = executions.Snapshot.Select(execution => execution.Claim).ToArray();
        if (claims.Length == 0)
        {
            return;
        }

        foreach (var lost in await queue.RenewAsync(claims))
        {
            LogLost(lost.JobId);
            executions.Stop(lost, StopReason.Lost);
        }
    }

    // Sends the heartbeats of the slices since the last tick: a slow tick delays heartbeats, and skips none.
    private async Task HeartbeatAsync()
    {
        var slice = (long)(time.GetElapsedTime(started) / (interval / HeartbeatSlices));
        var due = Enumerable.Range(0, (int)Math.Min(slice - lastSlice, HeartbeatSlices)).Select(offset => (slice - offset) % HeartbeatSlices).ToHashSet();
        lastSlice = slice;
        await Task.WhenAll(executions.Snapshot.Where(execution => due.Contains(execution.Number % HeartbeatSlices)).Select(HeartbeatAsync));
    }

    private async Task HeartbeatAsync(JobExecution execution)
    {
        var status = await jobs.HeartbeatAsync(execution.Claim);
        if (status is WriterStatus.Cancelled or WriterStatus.Fenced)
        {
            executions.Stop(execution.Claim, status == WriterStatus.Cancelled ? StopReason.Cancelled : StopReason.Lost);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Lease of job {JobId} was lost; stopping it.")]
    private partial void LogLost(string jobId);
}
