using AgnoAspire.ApiService.OpenAI;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Unit.ApiService.Streaming;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AgnoAspire.Tests.Unit.ApiService.OpenAI;

/// <summary>The OpenAI API's format of a stream.</summary>
public sealed class OpenAIChunkFormatterTests
{
    private const string Head = "{\"id\":\"chatcmpl-job\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"demo\"";

    private static readonly Usage Cost = new(1, 2, 3);

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, ",\"usage\":null")]
    public void Text_is_a_delta(bool includeUsage, string usage) => Assert.Equal(
        $"id: 2\ndata: {Head},\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"a\\né\"}},\"logprobs\":null,\"finish_reason\":null}}]{usage}}}\n\n",
        SseText.Of(events => Create(includeUsage).Chunk(events, SseText.Chunk(2, encoder => encoder.Text("a\né")))));

    [Fact]
    public void Reasoning_is_a_delta_of_its_own() => Assert.Equal(
        $"id: 2\ndata: {Head},\"choices\":[{{\"index\":0,\"delta\":{{\"reasoning_content\":\"a\\né\"}},\"logprobs\":null,\"finish_reason\":null}}]}}\n\n",
        SseText.Of(events => Create().Chunk(events, SseText.Chunk(2, encoder => encoder.Reasoning("a\né")))));

    [Fact]
    public void Role_precedes_the_first_chunk_only()
    {
        Assert.Contains("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}", SseText.Of(Create().Begin));
        Assert.Equal("", SseText.Of(Create(after: 1).Begin));
    }

    [Fact]
    public void Tool_call_is_a_delta()
    {
        var chunk = SseText.Chunk(4, encoder => encoder.Calls([new ToolCall { Index = 0, Function = new FunctionCall(null, "{\"a\"") }]));
        var text = SseText.Of(events => Create().Chunk(events, chunk));

        Assert.StartsWith("id: 4\n", text);
        Assert.Contains("\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\u0022a\\u0022\"}}]}", text);
    }

    [Fact]
    public void Stream_ends_with_finish_reason_usage_and_DONE_with_the_id_of_the_terminal_chunk()
    {
        var terminal = SseText.Chunk(5, encoder => encoder.Terminal(FinishReason.Length, Cost, null));
        var events = SseText.Of(writer => Create(includeUsage: true).Chunk(writer, terminal)).Split("\n\n");

        Assert.Contains("\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\"", events[0]);
        Assert.EndsWith("\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}", events[1]);
        Assert.Equal("id: 5\ndata: [DONE]", events[2]);
    }

    [Fact]
    public void Usage_is_omitted_unless_requested()
    {
        var terminal = SseText.Chunk(5, encoder => encoder.Terminal(FinishReason.Stop, Cost, null));

        Assert.DoesNotContain("usage", SseText.Of(events => Create().Chunk(events, terminal)));
    }

    [Fact]
    public void Failed_and_cancelled_streams_end_with_an_error_and_without_DONE()
    {
        var failed = SseText.Chunk(6, encoder => encoder.Terminal(FinishReason.Error, null, new ChatError(ErrorCode.ProviderError, "why")));
        var cancelled = SseText.Chunk(6, encoder => encoder.Terminal(FinishReason.Cancelled, null, null));

        Assert.Equal(
            "id: 6\ndata: {\"error\":{\"message\":\"why\",\"type\":\"server_error\",\"param\":null,\"code\":\"provider_error\"}}\n\n",
            SseText.Of(events => Create().Chunk(events, failed)));
        Assert.Contains("\"code\":\"cancelled\"", SseText.Of(events => Create().Chunk(events, cancelled)));
        Assert.Contains("\"code\":\"stream_lost\"", SseText.Of(Create().StreamLost));
    }

    [Fact]
    public void Completion_with_tool_calls_has_no_content()
    {
        var call = new ToolCall { Id = "1", Type = "function", Function = new FunctionCall("f", "{}") };
        var result = Create().Complete(new AggregatedCompletion(null, [call], Terminal(FinishReason.ToolCalls)));
        var response = Assert.IsType<JsonHttpResult<ChatCompletionResponse>>(result).Value!;
        var choice = Assert.Single(response.Choices);

        Assert.Equal(("chatcmpl-job", "chat.completion", 7, "demo"), (response.Id, response.Kind, response.Created, response.Model));
        Assert.Null(choice.Message.Content);
        Assert.Equal(call, Assert.Single(choice.Message.ToolCalls!));
        Assert.Equal("tool_calls", choice.FinishReason);
    }

    [Fact]
    public void Cancelled_completion_has_status_499()
    {
        var result = Create().Complete(new AggregatedCompletion("", null, Terminal(FinishReason.Cancelled)));

        Assert.Equal(499, Assert.IsType<JsonHttpResult<OpenAIErrorResponse>>(result).StatusCode);
    }

    private static OpenAIChunkFormatter Create(bool includeUsage = false, long after = 0) => new("job", "demo", 7, after, includeUsage);

    private static ChatChunk Terminal(string finishReason) => new() { Content = "", Done = true, Model = "demo", FinishReason = finishReason };
}
