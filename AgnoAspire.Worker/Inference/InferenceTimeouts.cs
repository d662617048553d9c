namespace AgnoAspire.Worker.Inference;

/// <summary>How long an answer may take.</summary>
/// <param name="FirstToken">The longest silence before the first text.</param>
/// <param name="Idle">The longest silence after it.</param>
/// <param name="Total">The longest time for all of it, retries included.</param>
internal sealed record InferenceTimeouts(TimeSpan FirstToken, TimeSpan Idle, TimeSpan Total);
