namespace AgnoAspire.ChatJobs.Queue;

/// <summary>A job that was tried as often as allowed.</summary>
/// <param name="JobId">The job; its stream has ended with <see cref="ErrorCode.AttemptsExhausted"/>.</param>
/// <param name="Owner">Who asked.</param>
/// <param name="Model">The public name of the model.</param>
/// <param name="FailedAt">When it ended.</param>
public sealed record DeadLetter(string JobId, string Owner, string Model, DateTimeOffset FailedAt);
