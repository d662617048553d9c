using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Providers.OpenAI;
using Microsoft.Extensions.AI;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>Each event is read once, leniently; what is no chat completion is a typed failure.</summary>
public sealed class OpenAIResponseReaderTests
{
    private readonly OpenAIResponseReader reader = new(new ProviderErrorMapper("m", null, TimeProvider.System));

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"Once"}}]}""", "Once")]
    [InlineData("""{"choices":[{"delta":{"content":"Once"}}],"error":null,"usage":null,"created":"now"}""", "Once")]
    [InlineData("""{"choices":[{"index":1,"delta":{"content":"Other"}},{"index":0,"delta":{"content":"Once"},"finish_reason":""}]}""", "Once")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"On"},{"type":"thinking"},{"type":"text","text":"ce"}]}}]}""", "Once")]
    [InlineData("""{"choices":[{"index":0,"delta":{"refusal":"No."}}]}""", "No.")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":""}}]}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":null}]}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}""", "")]
    [InlineData("""{"choices":[]}""", "")]
    [InlineData("""{"choices":[7],"usage":[]}""", "")]
    [InlineData("""{"type":"ping"}""", "")]
    public void Text_of_the_first_choice_is_read(string data, string text) => Assert.Equal(text, Read(data)!.Text);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    public void Event_without_data_is_ignored(string data) => Assert.Null(Read(data));

    [Fact]
    public void Done_ends_the_stream() => Assert.Same(OpenAIResponseReader.Done, Read("[DONE]"));

    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("length", "length")]
    [InlineData("function_call", "function_call")]
    [InlineData("bored", "bored")]
    public void Finish_reason_is_the_providers(string reason, string expected) =>
        Assert.Equal(expected, Read($$"""{"choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""")!.FinishReason?.Value);

    [Theory]
    [InlineData("""{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}""", 7L, 4L, 11L, 3L, 2L)]
    [InlineData("""{"input_tokens":7,"output_tokens":4}""", 7L, 4L, 11L, null, null)]
    [InlineData("""{"prompt_tokens":7,"completion_tokens":null,"prompt_tokens_details":null}""", 7L, 0L, 7L, null, null)]
    public void Usage_is_read(string usage, long? input, long? output, long? total, long? cached, long? reasoning)
    {
        var details = Assert.IsType<UsageContent>(Assert.Single(Read($$"""{"choices":[],"usage":{{usage}}}""")!.Contents)).Details;

        Assert.Equal((input, output, total), (details.InputTokenCount, details.OutputTokenCount, details.TotalTokenCount));
        Assert.Equal((cached, reasoning), (details.CachedInputTokenCount, details.ReasoningTokenCount));
    }

    [Fact]
    public void Empty_usage_is_none() => Assert.Empty(Read("""{"choices":[],"usage":{}}""")!.Contents);

    // Deltas of a provider, one event each, and the calls that they are.
    [Theory]
    [InlineData("""{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}¦{"index":0,"function":{"arguments":"}"}}""", "a:f:{}")]
    [InlineData("""{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}¦{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}""", "a:f:{} b:f:{}")]
    [InlineData("""{"id":"a","function":{"name":"f","arguments":"{"}}¦{"index":null,"function":{"arguments":"}"}}¦{"id":"b","function":{"name":"g","arguments":"{}"}}""", "a:f:{} b:g:{}")]
    [InlineData("""{"index":0,"id":"a","function":{"name":"f","arguments":"["}}¦{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}¦{"index":0,"function":{"arguments":"]"}}¦{"index":1,"function":{"arguments":"}"}}""", "a:f:[] b:g:{}")]
    [InlineData("""{"index":0,"id":"a","function":{"arguments":""}}¦{"index":0,"function":{"name":"f","arguments":"{}"}}""", "a:f:{}")]
    [InlineData("""{"index":0,"function":{"name":"f"}}¦{"index":0,"id":"a","function":{"arguments":"{}"}}""", "a:f:{}")]
    [InlineData("""{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}¦{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}""", "a:f:{}")]
    [InlineData("""{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}¦{"index":0,"id":"b","function":{"arguments":"}"}}""", "a:f:{}")]
    [InlineData("""{"index":0,"id":"a","function":{"name":"f","arguments":{"q":[1]}}}""", """a:f:{"q":[1]}""")]
    [InlineData("""{"id":"a","function":{"name":"f","arguments":""},"extra_content":{"google":{"thought_signature":"s"}}}""", """a:f:+{"google":{"thought_signature":"s"}}""")]
    public void Tool_calls_are_told_apart_however_they_are_numbered(string deltas, string expected)
    {
        var aggregator = new ToolCallAggregator();
        foreach (var delta in deltas.Split('¦').Select(call => $$$"""{"tool_calls":[{{{call}}}]}""").Append("{}"))
        {
            var reason = delta == "{}" ? "\"stop\"" : "null";
            aggregator.Add(Read($$"""{"choices":[{"index":0,"delta":{{delta}},"finish_reason":{{reason}}}]}""")!.RawRepresentation as IReadOnlyList<ToolCall>);
        }

        Assert.Equal(expected, string.Join(' ', aggregator.ToolCalls!.Select(call =>
            $"{call.Id}:{call.Function.Name}:{call.Function.Arguments}{(call.Extra is { } extra ? $"+{extra["extra_content"].GetRawText()}" : "")}")));
    }

    [Fact]
    public void Calls_without_ids_get_some()
    {
        const string Call = """{"function":{"name":"f","arguments":"{}"}}""";
        var calls = Assert.IsType<ToolCall[]>(Read($$$"""{"choices":[{"message":{"tool_calls":[{{{Call}}},{{{Call}}}]},"finish_reason":"stop"}]}""")!.RawRepresentation);

        Assert.Equal([0, 1], calls.Select(call => call.Index));
        Assert.NotEqual(calls[0].Id, calls[1].Id);
        Assert.All(calls, call => Assert.NotNull(call.Id));
    }

    [Theory]
    [InlineData("""{"reasoning_content":"Hm"}""")]
    [InlineData("""{"reasoning":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm"}]}""")]
    [InlineData("""{"reasoning_details":[{"type":"reasoning.summary","summary":"H"},{"type":"reasoning.encrypted","data":"x"},{"type":"reasoning.text","text":"m"}]}""")]
    [InlineData("""{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]}""")]
    [InlineData("""{"content":[{"type":"thinking","thinking":"Hm"}]}""")]
    public void Reasoning_is_read_in_every_form(string delta) => Assert.Equal(
        "Hm", Assert.IsType<TextReasoningContent>(Assert.Single(Read($$"""{"choices":[{"index":0,"delta":{{delta}}}]}""")!.Contents)).Text);

    [Theory]
    [InlineData("""{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}""", "Hi")]
    [InlineData("""{"error":{"message":"gone"}}""", ErrorCode.ProviderError)]
    [InlineData("""{"choices":[]}""", ErrorCode.ProviderMalformed)]
    [InlineData("""{"choices":[{"mess""", ErrorCode.ProviderMalformed)]
    [InlineData("<html>", ErrorCode.ProviderMalformed)]
    [InlineData("busy", ErrorCode.ProviderMalformed)]
    public void Whole_body_is_an_answer_or_a_failure(string body, string expected)
    {
        var update = default(ChatResponseUpdate);
        var failure = Record.Exception(() => update = reader.ReadWhole(Encoding.UTF8.GetBytes(body)));

        Assert.Equal(expected, (failure as InferenceException)?.Code ?? update?.Text);
    }

    [Fact]
    public void Updates_after_the_first_hold_only_what_is_new()
    {
        const string Text = """{"id":"1","model":"m-1","choices":[{"index":0,"delta":{"content":"Once"}}]}""";
        var first = Read(Text)!;
        var second = Read(Text)!;
        var empty = Read("""{"id":"1","choices":[{"index":0,"delta":{}}]}""")!;

        Assert.Equal(("1", "m-1", ChatRole.Assistant), (first.ResponseId, first.ModelId, first.Role));
        Assert.Equal((null, null, null, null), (second.ResponseId, second.ModelId, second.Role, second.RawRepresentation));
        Assert.Null(Assert.IsType<TextContent>(Assert.Single(second.Contents)).RawRepresentation);
        Assert.Same(empty, Read("""{"type":"ping"}"""));
    }

    [Theory]
    [InlineData("{{{")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"\ud83d"}}]}""")]
    public void Event_that_is_no_chunk_is_malformed_or_was_cut_off(string data)
    {
        Assert.Equal(ErrorCode.ProviderMalformed, Assert.Throws<InferenceException>(() => Read(data)).Code);
        Assert.Equal(ErrorCode.ProviderClosed, Assert.Throws<InferenceException>(() => Read(data, hasEnded: true)).Code);
    }

    [Theory]
    [InlineData("message", """{"error":{"message":"gone","type":"server_error"}}""", "gone", false)]
    [InlineData("message", """{"error":"gone"}""", "gone", false)]
    [InlineData("message", """{"object":"error","message":"gone","code":400}""", "gone", true)]
    [InlineData("error", "out of memory", "out of memory", false)]
    [InlineData("error", """{"error":{"message":"gone"}}""", "gone", false)]
    public void Error_event_is_a_failure_with_the_providers_words(string type, string data, string words, bool isCallerError)
    {
        var failure = Assert.Throws<InferenceException>(() => reader.Read(type, Encoding.UTF8.GetBytes(data), hasEnded: false));

        Assert.Equal((ErrorCode.ProviderError, isCallerError, !isCallerError), (failure.Code, failure.IsCallerError, failure.Transient));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    private ChatResponseUpdate? Read(string data, bool hasEnded = false) => reader.Read("message", Encoding.UTF8.GetBytes(data), hasEnded);
}
