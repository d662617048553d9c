using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>Puts the pieces of tool calls together.</summary>
internal sealed class ToolCallAggregator
{
    private readonly SortedDictionary<int, ToolCall> calls = [];

    /// <summary>Gets the calls, whole and in order; <see langword="null"/> for none.</summary>
    public IReadOnlyList<ToolCall>? Collected => calls.Count == 0 ? null : [.. calls.Values];

    public void Add(IReadOnlyList<ToolCall>? pieces)
    {
        foreach (var piece in pieces ?? [])
        {
            var index = piece.Index ?? 0;
            calls[index] = calls.TryGetValue(index, out var begun)
                ? begun with { Function = begun.Function with { Arguments = begun.Function.Arguments + piece.Function.Arguments } }
                : piece with { Index = null };
        }
    }
}
