namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>Whether the queue took a job.</summary>
public enum EnqueueStatus
{
    /// <summary>It is in the queue, or was already.</summary>
    Accepted,

    /// <summary>The queue is full.</summary>
    QueueFull,

    /// <summary>The caller has as many jobs waiting as one caller may have.</summary>
    CallerFull,
}
