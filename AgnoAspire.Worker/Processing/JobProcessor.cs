namespace AgnoAspire.Worker.Processing;

/// <summary>Claims the next job for a worker with a free slot.</summary>
internal sealed class JobClaimer(JobQueue queue, JobNotifier notifier, TimeProvider time, ILogger<JobClaimer> logger)
{
    /// <summary>Waits for a job and claims it, also across outages of Redis. Null: the worker is stopping.</summary>
    public async Task<JobClaim?> ClaimNextAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (await RedisLoop.RetryAsync(() => ClaimOrWaitAsync(stoppingToken), time, logger, stoppingToken) is { } claim)
            {
                return claim;
            }
        }

        return null;
    }

    private async Task<JobClaim?> ClaimOrWaitAsync(CancellationToken stoppingToken)
    {
        if (await queue.ClaimAsync() is { } claim)
        {
            return claim;
        }

        if (await notifier.WaitAsync() && stoppingToken.IsCancellationRequested)
        {
            await notifier.RenotifyAsync();
        }

        return null;
    }
}

/// <summary>Claims a job for each free slot and runs it. At shutdown jobs that wait are requeued and running ones get time to finish.</summary>
internal sealed partial class JobProcessor(
    JobClaimer claimer, JobExecutions executions, JobRunner runner, IOptions<WorkerOptions> options, TimeProvider time, ILogger<JobProcessor> logger)
    : BackgroundService
{
    /// <summary>How long after the drain timeout unfinished jobs may take to be requeued, during an outage of Redis too.</summary>
    public static readonly TimeSpan RequeueTime = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<JobExecution, Task> running = new();
    private readonly JobSlots slots = new(options.Value.MaxConcurrentJobs);
    private readonly CancellationTokenSource shutdown = new();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The host's shutdown timeout also ends what is retried during an outage of Redis.
        await using var timeout = cancellationToken.Register(shutdown.Cancel);
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        slots.Dispose();
        shutdown.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var slot = await slots.TakeAsync(stoppingToken);
                if (await claimer.ClaimNextAsync(stoppingToken) is not { } claim)
                {
                    break;
                }

                var execution = executions.Add(claim, slot.Yield);
                var job = RunAsync(execution, slot);
                running[execution] = job;
                if (job.IsCompleted)
                {
                    running.TryRemove(execution, out _);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // No more jobs are claimed.
        }

        await DrainAsync();
    }

    private async Task RunAsync(JobExecution execution, JobSlots.Slot slot)
    {
        // The claim loop continues at once, however long the first step takes.
        await Task.Yield();
        try
        {
            await runner.RunAsync(execution, shutdown.Token);
        }
        catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
        {
            LogNotRequeued(execution.Claim.JobId);
        }
        catch (Exception exception)
        {
            // The processing loop's boundary: the lease expires and another worker runs the job.
            LogCrashed(execution.Claim.JobId, exception);
        }
        finally
        {
            // A cancellation runs this far within the call that stops the execution, which must not be disposed under it.
            await Task.Yield();
            executions.Remove(execution);
            running.TryRemove(execution, out _);
            slot.Release();
        }
    }

    private async Task DrainAsync()
    {
        var jobs = running.Values.ToArray();
        if (jobs.Length == 0)
        {
            return;
        }

        var timeout = options.Value.ShutdownDrainTimeout ?? runner.LongestAnswer;
        LogDraining(jobs.Length, timeout);
        executions.DrainAll();
        var all = Task.WhenAll(jobs);
        if (await Task.WhenAny(all, Task.Delay(timeout, time, CancellationToken.None)) != all)
        {
            executions.StopAll(StopReason.Draining);
            using var giveUp = new CancellationTokenSource(RequeueTime, time);
            await using var giving = giveUp.Token.Register(shutdown.Cancel);
            await all;
        }
    }

    [LoggerMessage(LogLevel.Information, "Shutting down: {JobCount} running jobs have {DrainTimeout} to finish, then they are requeued.")]
    private partial void LogDraining(int jobCount, TimeSpan drainTimeout);

    [LoggerMessage(LogLevel.Warning, "Job {JobId} could not be requeued before the shutdown timeout; it runs again when its lease has expired.")]
    private partial void LogNotRequeued(string jobId);

    [LoggerMessage(LogLevel.Error, "Job {JobId} crashed; it runs again when its lease has expired.")]
    private partial void LogCrashed(string jobId, Exception exception);
}
