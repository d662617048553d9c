namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A snapshot of the queue.</summary>
/// <param name="Waiting">Jobs that wait.</param>
/// <param name="Claimed">Jobs held by workers.</param>
/// <param name="DeadLetters">Jobs that failed after the maximum number of attempts and are kept.</param>
/// <param name="Paused">Whether an operator has paused claims.</param>
public sealed record QueueStats(long Waiting, long Claimed, long DeadLetters, bool Paused);
