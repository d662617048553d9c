using System.Collections.Concurrent;
using AgnoAspire.ChatJobs;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.Worker.Jobs;

/// <summary>Claims a job for each free slot and runs it; on the way out, lets running jobs finish, then hands them back.</summary>
internal sealed partial class WorkerLoop(
    JobQueue queue,
    WakeBell bell,
    RunningJobs running,
    JobRunner runner,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<WorkerLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<RunningJob, Task> tasks = new();
    private readonly WorkerPlaces places = new(options.Value.Slots);

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
                if (await NextAsync(stoppingToken) is not { } claim)
                {
                    break;
                }

                var job = running.Add(claim, place.StepAside);
                tasks[job] = RunAsync(job, place);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // No more jobs are taken.
        }

        await DrainAsync();
    }

    private async Task<Claim?> NextAsync(CancellationToken stoppingToken)
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
                    await bell.PassOnAsync();
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                LogRedisAway(exception.GetType().Name);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return null;
    }

    private async Task RunAsync(RunningJob job, WorkerPlaces.Place place)
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
            LogAbandoned(job.Claim.JobId, exception);
        }
        finally
        {
            running.Remove(job);
            tasks.TryRemove(job, out _);
            place.Leave();
        }
    }

    private async Task DrainAsync()
    {
        var jobs = tasks.Values.ToArray();
        if (jobs.Length == 0)
        {
            return;
        }

        LogDraining(jobs.Length, options.Value.DrainTime);
        var all = Task.WhenAll(jobs);
        await Task.WhenAny(all, Task.Delay(options.Value.DrainTime, time, CancellationToken.None));
        running.StopAll(StopReason.Draining);
        await all;
    }

    [LoggerMessage(LogLevel.Information, "Stopping: {JobCount} running jobs have {DrainTime} to finish, then they are handed back.")]
    private partial void LogDraining(int jobCount, TimeSpan drainTime);

    [LoggerMessage(LogLevel.Error, "Job {JobId} was abandoned; it is tried again when its lease has lapsed.")]
    private partial void LogAbandoned(string jobId, Exception exception);

    [LoggerMessage(LogLevel.Debug, "Redis is away ({Fault}); jobs are claimed again when it returns.")]
    private partial void LogRedisAway(string fault);
}
