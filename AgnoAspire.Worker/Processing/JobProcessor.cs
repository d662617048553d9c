using System.Collections.Concurrent;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using Microsoft.Extensions.Options;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.Worker.Processing;

/// <summary>Claims a job for each free slot and runs it; on the way out, lets running jobs finish, then hands them back.</summary>
internal sealed partial class JobProcessor(
    JobQueue queue,
    JobNotifier bell,
    JobExecutions executions,
    JobRunner runner,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<JobProcessor> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<JobExecution, Task> running = new();
    private readonly JobSlots places = new(options.Value.MaxConcurrentJobs);

    public override void Dispose()
    {
        places.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var place = await places.TakeAsync(stoppingToken);
                if (await ClaimNextAsync(stoppingToken) is not { } claim)
                {
                    break;
                }

                var job = executions.Add(claim, place.Yield);
                running[job] = RunAsync(job, place);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // No more jobs are taken.
        }

        await DrainAsync();
    }

    private async Task<JobClaim?> ClaimNextAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await queue.ClaimAsync() is { } claim)
                {
                    return claim;
                }

                if (await bell.WaitAsync() && stoppingToken.IsCancellationRequested)
                {
                    await bell.RenotifyAsync();
                }
            }
            catch (ChatJobsUnavailableException exception)
            {
                LogRedisUnavailable(exception.Fault);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return null;
    }

    private async Task RunAsync(JobExecution job, JobSlots.Slot place)
    {
        // The claim loop goes on at once, however long the first step takes.
        await Task.Yield();
        try
        {
            await runner.RunAsync(job);
        }
        catch (Exception exception)
        {
            // A door: whatever it was, the lease lapses and the job is tried again, by somebody.
            LogCrashed(job.Claim.JobId, exception);
        }
        finally
        {
            executions.Remove(job);
            running.TryRemove(job, out _);
            place.Release();
        }
    }

    private async Task DrainAsync()
    {
        var jobs = running.Values.ToArray();
        if (jobs.Length == 0)
        {
            return;
        }

        LogDraining(jobs.Length, options.Value.ShutdownDrainTimeout);
        var all = Task.WhenAll(jobs);
        await Task.WhenAny(all, Task.Delay(options.Value.ShutdownDrainTimeout, time, CancellationToken.None));
        executions.StopAll(StopReason.Draining);
        await all;
    }

    [LoggerMessage(LogLevel.Information, "Stopping: {JobCount} running jobs have {DrainTime} to finish, then they are handed back.")]
    private partial void LogDraining(int jobCount, TimeSpan drainTime);

    [LoggerMessage(LogLevel.Error, "Job {JobId} was abandoned; it is tried again when its lease has lapsed.")]
    private partial void LogCrashed(string jobId, Exception exception);

    [LoggerMessage(LogLevel.Debug, "Redis is unavailable ({Fault}); jobs are claimed again when it returns.")]
    private partial void LogRedisUnavailable(string fault);
}
