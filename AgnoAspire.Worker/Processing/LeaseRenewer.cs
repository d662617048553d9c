using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Queue;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Processing;

/// <summary>Keeps what this worker holds and takes what silent workers have let go: renews leases, pulses jobs, reaps, announces the models.</summary>
internal sealed partial class LeaseRenewer(
    JobQueue queue,
    JobStore jobs,
    JobExecutions running,
    ModelRegistrar announcer,
    IOptions<ChatJobsOptions> options,
    TimeProvider time,
    ILogger<LeaseRenewer> logger) : BackgroundService
{
    // A dead worker's job is taken over within its lease and this.
    private static readonly TimeSpan ReapTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AnnounceTime = TimeSpan.FromSeconds(3);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        RepeatAsync(ReapTime, RecoverAsync, stoppingToken),
        RepeatAsync(AnnounceTime, announcer.RegisterAsync, stoppingToken),
        RepeatAsync(options.Value.LeaseDuration / 3, RenewAsync, stoppingToken));

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
            // The host stops; the loop has drained before.
        }
    }

    private async Task RecoverAsync()
    {
        foreach (var jobId in await queue.RecoverExpiredAsync())
        {
            LogReaped(jobId);
        }
    }

    private async Task RenewAsync()
    {
        var held = running.Snapshot;
        if (held.Count == 0)
        {
            return;
        }

        var renewing = queue.RenewAsync([.. held.Select(job => job.Claim)]);
        await Task.WhenAll(held.Select(HeartbeatAsync));
        foreach (var lost in await renewing)
        {
            LogLost(lost.JobId);
            running.Stop(lost, StopReason.Lost);
        }
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

    [LoggerMessage(LogLevel.Warning, "The worker of job {JobId} went silent; the job is back in the queue.")]
    private partial void LogReaped(string jobId);

    [LoggerMessage(LogLevel.Warning, "The lease of job {JobId} was lost; this worker stops it.")]
    private partial void LogLost(string jobId);

    [LoggerMessage(LogLevel.Debug, "Redis is unavailable ({Fault}); leases are kept when it returns.")]
    private partial void LogRedisUnavailable(string fault);
}
