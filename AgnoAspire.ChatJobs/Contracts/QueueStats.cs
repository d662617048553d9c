namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A snapshot of the queue: jobs that wait, jobs that workers hold, dead letters kept, and whether an operator has paused claims.</summary>
public sealed record QueueStats(long Waiting, long Claimed, long DeadLetters, bool Paused);

/// <summary>Whether the queue accepted a job.</summary>
public enum EnqueueStatus
{
    /// <summary>The job is in the queue, or was already.</summary>
    Accepted,

    /// <summary>The queue is full.</summary>
    QueueFull,

    /// <summary>The caller has the maximum number of waiting jobs.</summary>
    CallerFull,
}
