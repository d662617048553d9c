namespace AgnoAspire.ChatJobs.Streams;

/// <summary>Gathers pieces of tool calls that wait to be appended; pieces of the same call become one.</summary>
internal sealed class ToolCallBuffer
{
    private readonly List<ToolCall> waiting = [];

    public int Length { get; private set; }

    public void Add(ToolCall piece)
    {
        Length += piece.Function.Arguments.Length + 1;
        if (waiting is [.., { } last] && last.Index == piece.Index && piece is { Id: null, Function.Name: null, Extra.Count: 0 })
        {
            waiting[^1] = last with { Function = last.Function with { Arguments = last.Function.Arguments + piece.Function.Arguments } };
            return;
        }

        waiting.Add(piece);
    }

    /// <summary>Takes all that waits; empty when there is nothing.</summary>
    public ToolCall[] Drain()
    {
        ToolCall[] taken = [.. waiting];
        waiting.Clear();
        Length = 0;
        return taken;
    }
}
