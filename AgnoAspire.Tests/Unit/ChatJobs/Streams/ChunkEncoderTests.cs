using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.Tests.Unit.ChatJobs.Streams;

/// <summary>The JSON of chunks, which clients see unchanged.</summary>
public sealed class ChunkEncoderTests : IDisposable
{
    private readonly ChunkEncoder encoder = new("demo \"1\"");

    public void Dispose() => encoder.Dispose();

    [Theory]
    [InlineData("Once upon", "Once upon")]
    [InlineData("größer 日本 🚀", """größer 日本 \uD83D\uDE80""")]
    [InlineData("a\n\"b\"\\\t<c>", """a\n\"b\"\\\t<c>""")]
    [InlineData("\u2028\u0000", """\u2028\u0000""")]
    public void Text_chunk_is_one_line(string text, string json) =>
        Assert.Equal($$"""{"content":"{{json}}","done":false,"model":"demo \"1\""}""", Encoding.UTF8.GetString(encoder.Text(text)));

    [Fact]
    public void Reasoning_chunk_has_empty_content() =>
        Assert.Equal("""{"content":"","done":false,"model":"demo \"1\"","reasoning":"Hm\n"}""", Encoding.UTF8.GetString(encoder.Reasoning("Hm\n")));

    [Fact]
    public void Other_fields_of_calls_and_usage_are_kept()
    {
        var call = new ToolCall { Index = 0, Function = new FunctionCall("f", ""), Extra = new() { ["extra_content"] = JsonElement.Parse("""{"a":[1]}""") } };
        var usage = new Usage(1, 2, 3) { Estimated = true, Details = new() { ["cost"] = JsonElement.Parse("0.5") } };

        Assert.Contains("\"extra_content\":{\"a\":[1]}}]", Encoding.UTF8.GetString(encoder.Calls([call])));
        Assert.EndsWith(
            """ "finish_reason":"stop","provider_finish_reason":"eos","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"estimated":true,"cost":0.5}}""".TrimStart(),
            Encoding.UTF8.GetString(encoder.Terminal(FinishReason.Stop, usage, null, null, "eos")));
    }

    [Fact]
    public void Tool_call_chunk_has_empty_content_and_calls()
    {
        var chunk = encoder.Calls([new ToolCall { Index = 1, Id = "call_1", Type = "function", Function = new FunctionCall("weather", "{}") }]);

        Assert.Equal(
            """{"content":"","done":false,"model":"demo \"1\"","tool_calls":[{"index":1,"id":"call_1","type":"function","function":{"name":"weather","arguments":"{}"}}]}""",
            Encoding.UTF8.GetString(chunk));
    }

    [Fact]
    public void Terminal_chunk_has_only_what_is_known()
    {
        Assert.Equal(
            """{"content":"","done":true,"model":"demo \"1\"","finish_reason":"stop"}""",
            Encoding.UTF8.GetString(encoder.Terminal(FinishReason.Stop, usage: null, error: null)));
        Assert.Equal(
            """{"content":"","done":true,"model":"demo \"1\"","finish_reason":"error","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}"""
            + ""","error":{"code":"provider_error","message":"It failed."},"continuation":"replay"}""",
            Encoding.UTF8.GetString(encoder.Terminal(FinishReason.Error, new Usage(1, 2, 3), new ChatError("provider_error", "It failed."), "replay")));
    }

    [Fact]
    public void Chunk_is_parsed_as_it_was_encoded()
    {
        var terminal = ChatChunk.Parse(encoder.Terminal(FinishReason.Error, new Usage(1, 2, 3), new ChatError("code", "Message."), "prefix"));
        var text = ChatChunk.Parse(encoder.Text("Hi\n"));

        Assert.Equal(("", true, "demo \"1\"", "error", "prefix"), (terminal.Content, terminal.Done, terminal.Model, terminal.FinishReason, terminal.Continuation));
        Assert.Equal((new Usage(1, 2, 3), new ChatError("code", "Message.")), (terminal.Usage, terminal.Error));
        Assert.Equal(("Hi\n", false, null, null), (text.Content, text.Done, text.FinishReason, text.Usage));
    }

    [Fact]
    public void Only_terminal_chunks_are_terminal()
    {
        Assert.True(ChatChunk.IsTerminal(encoder.Terminal(FinishReason.Stop, usage: null, error: null)));
        Assert.False(ChatChunk.IsTerminal(encoder.Text("")));
        Assert.False(ChatChunk.IsTerminal(encoder.Text("{\"content\":\"\",\"done\":true")));
        Assert.False(ChatChunk.IsTerminal([]));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"content\":")]
    public void Anything_else_is_not_a_chunk(string json) =>
        Assert.Throws<JsonException>(() => ChatChunk.Parse(Encoding.UTF8.GetBytes(json)));
}
