using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Tests.Unit.ApiService.Streaming;

/// <summary>Chunks and deltas of tool calls become one completion.</summary>
public sealed class CompletionAggregatorTests
{
    [Fact]
    public void Text_is_concatenated_until_the_terminal_chunk()
    {
        var aggregator = new CompletionAggregator();
        var terminal = Chunk("") with { Done = true, FinishReason = FinishReason.Stop };

        Assert.Null(aggregator.Add(Chunk("Once ")));
        Assert.Null(aggregator.Add(Chunk("upon")));
        Assert.Equal(new AggregatedCompletion("Once upon", null, terminal), aggregator.Add(terminal));
    }

    [Fact]
    public void Tool_call_deltas_are_joined_by_index_and_ordered()
    {
        var aggregator = new ToolCallAggregator();

        aggregator.Add([Delta(1, "b", "second", "{")]);
        aggregator.Add([Delta(0, "a", "first", ""), Delta(1, null, null, "}")]);
        aggregator.Add(null);
        aggregator.Add([Delta(0, null, null, "[]")]);

        Assert.Equal([Delta(null, "a", "first", "[]"), Delta(null, "b", "second", "{}")], aggregator.ToolCalls);
    }

    [Fact]
    public void Without_deltas_there_are_no_tool_calls() => Assert.Null(new ToolCallAggregator().ToolCalls);

    private static ChatChunk Chunk(string content) => new() { Content = content, Done = false, Model = "demo" };

    private static ToolCall Delta(int? index, string? id, string? name, string arguments) =>
        new() { Index = index, Id = id, Function = new FunctionCall(name, arguments) };
}
