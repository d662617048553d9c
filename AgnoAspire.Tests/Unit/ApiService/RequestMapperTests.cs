using AgnoAspire.ApiService;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.OpenAI;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Tests.Unit.ApiService;

/// <summary>The validation and mapping of requests to both APIs.</summary>
public sealed class RequestMapperTests
{
    private const string Messages = """[{"role":"user","content":"Hi"}]""";

    private static readonly CompletionValidator Validator = new(Options.Create(
        new ChatApiOptions { MaxMessages = 2, MaxContentLength = 5, MaxTokens = 100, MaxStopSequences = 2, MaxStopSequenceLength = 3 }));

    private static readonly ChatRequestMapper ChatMapper = new(Validator);
    private static readonly CompletionRequestMapper OpenAIMapper = new(Validator, new MessageMapper(Validator));

    public static TheoryData<string, string> SharedRules => new()
    {
        { """{"messages":null}""", "messages" },
        { """{"messages":[]}""", "messages" },
        { """{"messages":[{"role":"user","content":"1"},{"role":"user","content":"2"},{"role":"user","content":"3"}]}""", "messages" },
        { """{"messages":[{"role":"robot","content":"Hi"}]}""", "messages[0].role" },
        { """{"messages":[{"content":"Hi"}]}""", "messages[0].role" },
        { """{"messages":[{"role":"user","content":"1"},{"role":"user"}]}""", "messages[1].content" },
        { """{"messages":[{"role":"user","content":"123456"}]}""", "messages[0].content" },
        { """{"model":null}""", "model" },
        { """{"model":" "}""", "model" },
        { """{"max_tokens":0}""", "max_tokens" },
        { """{"max_tokens":101}""", "max_tokens" },
        { """{"temperature":-0.1}""", "temperature" },
        { """{"temperature":2.1}""", "temperature" },
        { """{"stop":["a","b","c"]}""", "stop" },
        { """{"stop":""}""", "stop" },
        { """{"stop":"1234"}""", "stop" },
    };

    [Theory]
    [MemberData(nameof(SharedRules))]
    public void Both_APIs_apply_the_same_rules(string fields, string field)
    {
        Assert.Equal(field, FieldOf(MapChat(fields)));
        Assert.Equal(field, FieldOf(MapOpenAI(fields)));
    }

    [Theory]
    [InlineData("""{"messages":[null]}""", "messages[0]")]
    [InlineData("""{"messages":[{"role":"tool","content":"Hi"}]}""", "messages[0].role")]
    [InlineData("""{"on_disconnect":"explode"}""", "on_disconnect")]
    public void Chat_request_that_is_not_valid_is_rejected(string fields, string field) => Assert.Equal(field, FieldOf(MapChat(fields)));

    [Theory]
    [InlineData("""{"max_completion_tokens":101}""", "max_completion_tokens")]
    [InlineData("""{"top_p":0}""", "top_p")]
    [InlineData("""{"top_p":1.1}""", "top_p")]
    [InlineData("""{"frequency_penalty":2.1}""", "frequency_penalty")]
    [InlineData("""{"reasoning_effort":"extreme"}""", "reasoning_effort")]
    [InlineData("""{"metadata":{"a":null}}""", "metadata")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"a b"}}]}""", "tools[0].function.name")]
    [InlineData("""{"tool_choice":{"type":"function","function":{"name":"f"}}}""", "tool_choice")]
    [InlineData("""{"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"always"}""", "tool_choice")]
    [InlineData("""{"response_format":{"type":"json_schema"}}""", "response_format")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/","detail":"best"}}]}]}""",
        "messages[0].content[0].image_url.detail")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"type":"image_url","image_url":{"url":"https://x/"}}]}]}""", "messages[0].content[0].type")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content[0].text")]
    [InlineData("""{"messages":[{"role":"user","content":[]}]}""", "messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi","name":""}]}""", "messages[0].name")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi","tool_call_id":"1"}]}""", "messages[0].tool_call_id")]
    [InlineData("""{"messages":[{"role":"user","content":"Hi","tool_calls":[{}]}]}""", "messages[0].tool_calls")]
    [InlineData(
        """{"messages":[{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"123456"}}]}]}""",
        "messages[0].tool_calls")]
    public void OpenAI_request_that_is_not_valid_is_rejected(string fields, string field) => Assert.Equal(field, FieldOf(MapOpenAI(fields)));

    [Fact]
    public void Chat_request_is_mapped_to_a_completion()
    {
        var request = MapChat("""{"stream":true,"max_tokens":7,"temperature":0,"stop":"end","seed":-1,"on_disconnect":"continue"}""").Value!;

        Assert.True(request.IsStreamed);
        Assert.Equal(DisconnectPolicy.Continue, request.OnDisconnect);
        Assert.Equal(["end"], request.Completion.Stop);
        Assert.Equal(("demo", 7, 0, -1), (request.Completion.Model, request.Completion.MaxTokens, request.Completion.Temperature, request.Completion.Seed));
        Assert.Equal(new Message(MessageRole.User, "Hi"), Assert.Single(request.Completion.Messages));
    }

    [Fact]
    public void OpenAI_request_is_mapped_to_a_completion()
    {
        var request = MapOpenAI("""
            {"max_completion_tokens":7,"top_p":1,"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","metadata":{},"stop":[],
             "messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,"}}]},
                         {"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}]}
            """).Value!;
        var messages = request.Completion.Messages;

        Assert.False(request.IsStreamed);
        Assert.Equal(DisconnectPolicy.Cancel, request.OnDisconnect);
        Assert.Equal((7, 1), (request.Completion.MaxTokens, request.Completion.TopP));
        Assert.Equal("required", request.Completion.ToolChoice!.Value.GetString());
        Assert.Null(request.Completion.Metadata);
        Assert.Null(request.Completion.Stop);
        Assert.Equal("a", messages[0].Content);
        Assert.Equal(2, messages[0].Parts!.Count);
        Assert.Equal("", messages[1].Content);
        Assert.Equal(new FunctionCall("f", "{}"), Assert.Single(messages[1].ToolCalls!).Function);
    }

    [Fact]
    public void Tool_choice_without_tools_is_dropped() => Assert.Null(MapOpenAI("""{"tools":[],"tool_choice":"auto"}""").Value!.Completion.ToolChoice);

    private static Result<OpenRequest> MapChat(string fields) => ChatMapper.Map(JsonSerializer.Deserialize(With(fields), ChatJsonContext.Default.ChatRequest)!);

    private static Result<OpenRequest> MapOpenAI(string fields) =>
        OpenAIMapper.Map(JsonSerializer.Deserialize(With(fields), OpenAIJsonContext.Default.ChatCompletionRequest)!);

    // A valid request with some fields added or replaced.
    private static string With(string fields)
    {
        var request = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>($$"""{"model":"demo","messages":{{Messages}}}""")!;
        foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(fields)!)
        {
            request[name] = value;
        }

        return JsonSerializer.Serialize(request);
    }

    private static string FieldOf(Result<OpenRequest> result)
    {
        var problem = Assert.IsType<Dictionary<string, string[]>>(result.Problem!.ProblemDetails.Extensions["errors"]);
        return Assert.Single(problem.Keys);
    }
}
