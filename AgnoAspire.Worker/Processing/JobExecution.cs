using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.Worker.Processing;

/// <summary>A claimed job while this worker runs it.</summary>
internal sealed class JobExecution(JobClaim claim, Action stepAside) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private int reason;

    public JobClaim Claim => claim;

    /// <summary>Gets what fires when the job has to stop.</summary>
    public CancellationToken Stopping => stop.Token;

    /// <summary>Gets why it has to.</summary>
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
    }

    public void Dispose() => stop.Dispose();
}
