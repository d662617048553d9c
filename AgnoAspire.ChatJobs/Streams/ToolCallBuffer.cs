namespace AgnoAspire.ChatJobs.Streams;

/// <summary>Gathers pieces of tool calls that wait to be appended; pieces of the same call become one, of bounded size.</summary>
internal sealed class ToolCallBuffer
{
    private readonly List<ToolCall> waiting = [];

    public int Length { get; private set; }

    public void Add(ToolCall piece)
    {
        Length += LengthOf(piece);
        var arguments = piece.Function.Arguments;
        if (waiting is [.., { } last] && last.Index == piece.Index && piece is { Id: null, Function.Name: null, Extra: null }
            && last.Function.Arguments.Length + arguments.Length <= TextBuffer.MostAtOnce)
        {
            waiting[^1] = last with { Function = last.Function with { Arguments = last.Function.Arguments + arguments } };
            return;
        }

        while (arguments.Length > TextBuffer.MostAtOnce)
        {
            var cut = TextBuffer.MostAtOnce - (char.IsHighSurrogate(arguments[TextBuffer.MostAtOnce - 1]) ? 1 : 0);
            waiting.Add(piece with { Function = piece.Function with { Arguments = arguments[..cut] } });
            arguments = arguments[cut..];
            piece = new ToolCall { Index = piece.Index, Function = new FunctionCall(null, "") };
        }

        waiting.Add(piece with { Function = piece.Function with { Arguments = arguments } });
    }

    /// <summary>Takes what one chunk holds; empty when there is nothing.</summary>
    public ToolCall[] Drain()
    {
        var (count, length) = (0, 0);
        while (count < waiting.Count && (count == 0 || length + LengthOf(waiting[count]) <= TextBuffer.MostAtOnce))
        {
            length += LengthOf(waiting[count++]);
        }

        ToolCall[] taken = [.. waiting[..count]];
        waiting.RemoveRange(0, count);
        Length = waiting.Sum(LengthOf);
        return taken;
    }

    private static int LengthOf(ToolCall piece) => piece.Function.Arguments.Length + 1;
}
