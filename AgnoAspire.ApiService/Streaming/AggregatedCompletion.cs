using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>A stream, read to its end.</summary>
/// <param name="Content">The whole text.</param>
/// <param name="Terminal">The terminal chunk.</param>
internal sealed record AggregatedCompletion(string Content, ChatChunk Terminal)
{
    /// <summary>Gets the calls the model wants made, whole; <see langword="null"/> for none.</summary>
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }
}
