namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>The queue at one moment, as an operator sees it.</summary>
/// <param name="Waiting">How many jobs wait.</param>
/// <param name="Claimed">How many jobs workers hold.</param>
/// <param name="DeadLetters">How many jobs ended after too many attempts and are kept.</param>
/// <param name="Paused">Whether workers claim nothing.</param>
public sealed record QueueStats(long Waiting, long Claimed, long DeadLetters, bool Paused);
