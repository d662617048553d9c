namespace AgnoAspire.Worker.Processing;

/// <summary>Why an execution was stopped before its answer was complete.</summary>
internal enum StopReason
{
    None,

    /// <summary>The caller cancelled the job, or its last viewer left.</summary>
    Cancelled,

    /// <summary>Another worker holds the job.</summary>
    Lost,

    /// <summary>This worker is shutting down.</summary>
    Draining,
}

/// <summary>A claimed job while this worker runs it. Calls <paramref name="onWaiting"/> when the job waits for its model.</summary>
internal sealed class JobExecution(JobClaim claim, Action onWaiting) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource relinquish = new();
    private int reason;

    public JobClaim Claim => claim;

    /// <summary>Gets a number that is consecutive among the executions of this worker.</summary>
    public int Number { get; init; }

    /// <summary>Gets the token that is cancelled when the job must stop.</summary>
    public CancellationToken Stopping => stop.Token;

    /// <summary>Gets the token that is cancelled when another worker is to run the job: appends are not retried any longer.</summary>
    public CancellationToken Relinquishing => relinquish.Token;

    /// <summary>Gets or sets the job once it was started; one that was not has nothing to finish at shutdown.</summary>
    public ClaimedJob? Job { get; set; }

    /// <summary>Gets whether this worker is shutting down, whatever the job was stopped for first.</summary>
    public bool IsDraining { get; private set; }

    public StopReason Reason => (StopReason)Volatile.Read(ref reason);

    /// <summary>Frees the job's slot while it waits.</summary>
    public void Yield() => onWaiting();

    /// <summary>Stops the job; the first reason counts.</summary>
    public void Stop(StopReason why)
    {
        if (Interlocked.CompareExchange(ref reason, (int)why, (int)StopReason.None) == (int)StopReason.None)
        {
            stop.Cancel();
        }

        IsDraining |= why == StopReason.Draining;
        if (why != StopReason.Cancelled)
        {
            relinquish.Cancel();
        }
    }

    public void Dispose()
    {
        stop.Dispose();
        relinquish.Dispose();
    }
}

/// <summary>The jobs that this worker runs.</summary>
internal sealed class JobExecutions
{
    private readonly Lock access = new();
    private readonly Dictionary<string, JobExecution> running = [];
    private int count;

    public JobExecutions(ChatJobsMetrics metrics, IOptions<WorkerOptions> options) =>
        metrics.ObserveWorker(() => Snapshot.Count, options.Value.MaxConcurrentJobs);

    public IReadOnlyList<JobExecution> Snapshot
    {
        get
        {
            lock (access)
            {
                return [.. running.Values];
            }
        }
    }

    /// <summary>Adds the execution of a claim. The execution of an older claim of the job, whose loss went unnoticed so far, is stopped.</summary>
    public JobExecution Add(JobClaim claim, Action onWaiting)
    {
        lock (access)
        {
            var execution = new JobExecution(claim, onWaiting) { Number = count++ };
            running.GetValueOrDefault(claim.JobId)?.Stop(StopReason.Lost);
            return running[claim.JobId] = execution;
        }
    }

    public void Remove(JobExecution execution)
    {
        lock (access)
        {
            if (running.GetValueOrDefault(execution.Claim.JobId) == execution)
            {
                running.Remove(execution.Claim.JobId);
            }

            execution.Dispose();
        }
    }

    /// <summary>Stops a job, if it runs here.</summary>
    public void Stop(string jobId, StopReason why) => Stop(execution => execution.Claim.JobId == jobId, why);

    /// <summary>Stops the job of exactly this claim, if it runs here.</summary>
    public void Stop(JobClaim claim, StopReason why) => Stop(execution => execution.Claim == claim, why);

    /// <summary>Stops all jobs, or only those that were not started yet.</summary>
    public void StopAll(StopReason why, bool onlyUnstarted = false) => Stop(execution => !onlyUnstarted || execution.Job is null, why);

    private void Stop(Func<JobExecution, bool> condition, StopReason why)
    {
        // Within the lock, so that no execution is disposed meanwhile.
        lock (access)
        {
            foreach (var execution in running.Values.Where(condition))
            {
                execution.Stop(why);
            }
        }
    }
}
