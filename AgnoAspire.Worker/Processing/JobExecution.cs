using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.Worker.Processing;

/// <summary>A claimed job while this worker runs it.</summary>
internal sealed class JobExecution(JobClaim claim, Action stepAside) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource relinquish = new();
    private int reason;

    public JobClaim Claim => claim;

    /// <summary>Gets a token that is cancelled when the job must stop.</summary>
    public CancellationToken Stopping => stop.Token;

    /// <summary>Gets a token that is cancelled when the job goes to another worker, so that nothing waits for Redis any longer.</summary>
    public CancellationToken Relinquishing => relinquish.Token;

    /// <summary>Gets or sets whether the job was started: before that, a shutdown has nothing to let finish.</summary>
    public bool IsStarted { get; set; }

    /// <summary>Gets why it must stop.</summary>
    public StopReason Reason => (StopReason)Volatile.Read(ref reason);

    /// <summary>Frees the job's slot for others, as it has to wait for its model.</summary>
    public void Yield() => stepAside();

    /// <summary>Stops the job; the first reason counts.</summary>
    public void Stop(StopReason why)
    {
        if (Interlocked.CompareExchange(ref reason, (int)why, (int)StopReason.None) == (int)StopReason.None)
        {
            stop.Cancel();
        }

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
