using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.Tests.Unit.ChatJobs.Streams;

public sealed class ToolCallBufferTests
{
    private readonly ToolCallBuffer buffer = new();

    [Fact]
    public void Arguments_of_one_call_are_joined()
    {
        buffer.Add(Call(0, "call_1", "weather", ""));
        buffer.Add(Call(0, null, null, "{\"city\":"));
        buffer.Add(Call(0, null, null, "\"Paris\"}"));

        var call = Assert.Single(buffer.Drain());

        Assert.Equal((0, "call_1", "weather", "{\"city\":\"Paris\"}"), (call.Index, call.Id, call.Function.Name, call.Function.Arguments));
        Assert.Empty(buffer.Drain());
    }

    [Fact]
    public void Calls_with_different_indexes_stay_apart()
    {
        buffer.Add(Call(0, null, null, "a"));
        buffer.Add(Call(1, null, null, "b"));
        buffer.Add(Call(0, null, null, "c"));

        Assert.Equal([(0, "a"), (1, "b"), (0, "c")], buffer.Drain().Select(call => (call.Index, call.Function.Arguments)));
    }

    [Fact]
    public void Delta_with_an_id_or_a_name_starts_a_new_call()
    {
        buffer.Add(Call(0, "call_1", "first", "a"));
        buffer.Add(Call(0, "call_2", null, "b"));
        buffer.Add(Call(0, null, "third", "c"));

        Assert.Equal(["a", "b", "c"], buffer.Drain().Select(call => call.Function.Arguments));
    }

    [Fact]
    public void Length_counts_waiting_characters_and_is_reset()
    {
        buffer.Add(Call(0, "call_1", "weather", ""));
        buffer.Add(Call(0, null, null, "1234"));
        Assert.Equal(6, buffer.Length);

        buffer.Drain();

        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void Long_arguments_go_out_in_bounded_pieces_that_cut_no_character()
    {
        var arguments = new string('x', TextBuffer.MostAtOnce - 1) + "😀" + new string('y', 2 * TextBuffer.MostAtOnce);
        buffer.Add(Call(0, "call_1", "weather", arguments));
        buffer.Add(Call(1, "call_2", "weather", "{}"));
        var chunks = new List<ToolCall[]>();
        while (buffer.Drain() is { Length: > 0 } taken)
        {
            chunks.Add(taken);
        }

        var calls = chunks.SelectMany(taken => taken).ToList();
        Assert.All(chunks, taken => Assert.InRange(taken.Sum(call => call.Function.Arguments.Length), 0, TextBuffer.MostAtOnce));
        Assert.Equal(arguments, string.Concat(calls.Where(call => call.Index == 0).Select(call => call.Function.Arguments)));
        Assert.Equal(["call_1", "call_2"], calls.Select(call => call.Id).OfType<string>());
        Assert.DoesNotContain(calls, call => call.Function.Arguments is [.., var last] && char.IsHighSurrogate(last));
        Assert.Equal(0, buffer.Length);
    }

    private static ToolCall Call(int index, string? id, string? name, string arguments) =>
        new() { Index = index, Id = id, Function = new FunctionCall(name, arguments) };
}
