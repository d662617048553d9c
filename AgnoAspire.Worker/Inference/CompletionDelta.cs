using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Worker.Inference;

/// <summary>What a provider's stream brings, in order: texts and pieces of tool calls, and at the end one piece with the finish reason.</summary>
/// <param name="Text">The next text of the answer, never cut inside a surrogate pair; <see langword="null"/> on the last piece.</param>
/// <param name="FinishReason">One of <see cref="ChatJobs.Contracts.FinishReason"/>'s names on the last piece, otherwise <see langword="null"/>.</param>
/// <param name="Usage">What it cost, on the last piece, where the provider says so.</param>
/// <param name="Call">What is new of a tool call, otherwise <see langword="null"/>.</param>
internal readonly record struct CompletionDelta(string? Text, string? FinishReason, Usage? Usage, ToolCall? Call = null);
