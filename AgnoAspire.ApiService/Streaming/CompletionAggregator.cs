using System.Buffers;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>Aggregates the chunks of a stream into one completion, for responses that are not streamed.</summary>
internal sealed class CompletionAggregator
{
    private const int BatchSize = 64;

    private readonly StringBuilder content = new();
    private readonly StringBuilder reasoning = new();
    private readonly ToolCallAggregator calls = new();

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="OperationCanceledException">The viewer's token was cancelled.</exception>
    public static async Task<AggregatedCompletion> ReadAsync(Viewer viewer, string model)
    {
        var aggregator = new CompletionAggregator();
        var batch = ArrayPool<SequencedChunk>.Shared.Rent(BatchSize);
        try
        {
            while (true)
            {
                var (read, count) = await viewer.ReadAsync(batch);
                for (var i = 0; i < count; i++)
                {
                    if (aggregator.Add(ChatChunk.Parse(batch[i].Bytes.Span)) is { } completion)
                    {
                        return completion;
                    }
                }

                if (read is ReadStatus.Lost or ReadStatus.Completed)
                {
                    return aggregator.Complete(StreamLoss.Chunk(model));
                }
            }
        }
        finally
        {
            ArrayPool<SequencedChunk>.Shared.Return(batch, clearArray: true);
        }
    }

    /// <summary>Adds a chunk; returns the completion if it is the terminal chunk.</summary>
    public AggregatedCompletion? Add(ChatChunk chunk)
    {
        content.Append(chunk.Content);
        reasoning.Append(chunk.Reasoning);
        calls.Add(chunk.ToolCalls);
        return chunk.Done ? Complete(chunk) : null;
    }

    private AggregatedCompletion Complete(ChatChunk terminal) => new(TextOf(content), calls.ToolCalls, terminal) { Reasoning = TextOf(reasoning) };

    private static string? TextOf(StringBuilder text) => text.Length == 0 ? null : text.ToString();
}

/// <summary>Aggregates the deltas of tool calls.</summary>
internal sealed class ToolCallAggregator
{
    private readonly SortedDictionary<int, ToolCall> calls = [];

    /// <summary>Gets the complete calls in order; <see langword="null"/> for none.</summary>
    public IReadOnlyList<ToolCall>? ToolCalls => calls.Count == 0 ? null : [.. calls.Values];

    public void Add(IReadOnlyList<ToolCall>? deltas)
    {
        foreach (var delta in deltas ?? [])
        {
            var index = delta.Index ?? 0;
            if (!calls.TryGetValue(index, out var call))
            {
                calls[index] = delta with { Index = null };
                continue;
            }

            calls[index] = call with
            {
                Function = call.Function with { Arguments = call.Function.Arguments + delta.Function.Arguments },
                Extra = call.Extra is null || delta.Extra is null ? delta.Extra ?? call.Extra : new(call.Extra.UnionBy(delta.Extra, field => field.Key)),
            };
        }
    }
}

/// <summary>A stream that was read to its end.</summary>
/// <param name="Content">The whole text; <see langword="null"/> for none.</param>
/// <param name="ToolCalls">The tool calls; <see langword="null"/> for none.</param>
/// <param name="Terminal">The terminal chunk.</param>
internal sealed record AggregatedCompletion(string? Content, IReadOnlyList<ToolCall>? ToolCalls, ChatChunk Terminal)
{
    /// <summary>Gets the model's reasoning; <see langword="null"/> for none.</summary>
    public string? Reasoning { get; init; }
}

/// <summary>The end of a stream whose data is lost.</summary>
internal static class StreamLoss
{
    public static ChatError Error { get; } = new(ErrorCode.StreamLost, "Redis lost the stream's data; the text so far is incomplete. Send the request again.");

    public static ChatChunk Chunk(string model) => new() { Content = "", Done = true, Model = model, FinishReason = FinishReason.Error, Error = Error };
}
