namespace AgnoAspire.ChatJobs.Queue;

/// <summary>What the queue said to a job.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Position">How many jobs are served before it; -1 when a worker has it already.</param>
/// <param name="RetryAfter">When a refused caller may try again, from the pace at which jobs are claimed; 1 to 60 seconds.</param>
public readonly record struct EnqueueResult(EnqueueStatus Status, long Position, TimeSpan RetryAfter);
