namespace AgnoAspire.ChatJobs.Contracts;

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
