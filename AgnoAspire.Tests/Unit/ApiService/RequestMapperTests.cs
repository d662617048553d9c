using System.Text.Json.Serialization.Metadata;
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
    private static readonly CompletionRequestMapper OpenAIMapper = new(Validator);

    public static TheoryData<string, string> SharedRules => new()
    {
        { """{"messages":null}""", "messages" },
        { """{"messages":[]}""", "messages" },
        { """{"messages":[{"role":"user","content":"1"},{"role":"user","content":"2"},{"role":"user","content":"3"}]}""", "messages" },
        { """{"messages":[{"content":"Hi"}]}""", "messages[0].role" },
        { """{"messages":[{"role":"user","content":"123456"}]}""", "messages[0].content" },
        { """{"model":null}""", "model" },
        { """{"model":" "}""", "model" },
        { """{"max_tokens":0}""", "max_tokens" },
        { """{"max_tokens":101}""", "max_tokens" },
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
    [InlineData("""{"messages":[{"role":"robot","content":"Hi"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":"1"},{"role":"user"}]}""", "messages[1].content")]
    [InlineData("""{"temperature":-0.1}""", "temperature")]
    [InlineData("""{"temperature":2.1}""", "temperature")]
    [InlineData("""{"stop":["a","b","c"]}""", "stop")]
    [InlineData("""{"stop":""}""", "stop")]
    [InlineData("""{"stop":"1234"}""", "stop")]
    [InlineData("""{"on_disconnect":"explode"}""", "on_disconnect")]
    public void Chat_request_that_is_not_valid_is_rejected(string fields, string field) => Assert.Equal(field, FieldOf(MapChat(fields)));

    [Theory]
    [InlineData("""{"max_completion_tokens":101}""", "max_completion_tokens")]
    [InlineData("""{"max_tokens":1.5}""", "max_tokens")]
    [InlineData("""{"n":2}""", "n")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"123"},{"type":"text","text":"456"}]}]}""", "messages[0].content")]
    public void OpenAI_request_that_is_not_valid_is_rejected(string fields, string field) => Assert.Equal(field, FieldOf(MapOpenAI(fields)));

    [Fact]
    public void Chat_request_becomes_an_OpenAI_request()
    {
        var request = MapChat("""{"stream":true,"max_tokens":7,"temperature":0,"stop":"end","seed":-1,"on_disconnect":"continue","queue_position":true}""").Value!;

        Assert.True(request.IsStreamed);
        Assert.Equal(DisconnectPolicy.Continue, request.OnDisconnect);
        Assert.Equal(
            """{"messages":[{"role":"user","content":"Hi"}],"model":"demo","max_tokens":7,"temperature":0,"stop":["end"],"seed":-1}""",
            Encoding.UTF8.GetString(request.Completion.Json.Span));
        Assert.Equal(["end"], request.Completion.Stop);
        Assert.Equal(("demo", 7), (request.Completion.Model, request.Completion.MaxTokens));
        Assert.Equal(new Message(MessageRole.User, "Hi"), Assert.Single(request.Completion.Messages));
    }

    [Fact]
    public void OpenAI_request_is_the_completion()
    {
        const string fields = """
            {"max_completion_tokens":7,"max_tokens":8,"top_k":1e3,"tools":[],"stop":"x","n":1,"messages":[
              {"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"http://x","detail":"best"}},{"type":"text","text":"b"}]},
              {"role":"critic","content":null,"tool_calls":[{"extra_content":{"google":{"thought_signature":"s"}}}]}]}
            """;
        var request = MapOpenAI(fields).Value!;

        Assert.False(request.IsStreamed);
        Assert.Equal(DisconnectPolicy.Cancel, request.OnDisconnect);
        Assert.Equal(With(fields), Encoding.UTF8.GetString(request.Completion.Json.Span));
        Assert.Equal(7, request.Completion.MaxTokens);
        Assert.Equal(["x"], request.Completion.Stop);
        Assert.Equal([new Message("user", "ab"), new Message("critic", "")], request.Completion.Messages);
    }

    private static Result<OpenRequest> MapChat(string fields) => ChatMapper.Map(Body(fields, ChatJsonContext.Default.ChatRequest));

    private static Result<OpenRequest> MapOpenAI(string fields) => OpenAIMapper.Map(Body(fields, OpenAIJsonContext.Default.ChatCompletionRequest));

    private static JsonBody<T> Body<T>(string fields, JsonTypeInfo<T> type)
    {
        var json = With(fields);
        return new JsonBody<T>(JsonSerializer.Deserialize(json, type)!, JsonElement.Parse(json), Encoding.UTF8.GetBytes(json));
    }

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
