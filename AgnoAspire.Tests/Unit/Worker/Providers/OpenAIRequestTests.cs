using System.Text.Json.Nodes;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Providers.OpenAI;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>The JSON of a request, field by field.</summary>
public sealed class OpenAIRequestTests
{
    [Fact]
    public void Every_field_is_written_under_the_protocols_name()
    {
        var completion = new ChatCompletion
        {
            Model = "m",
            Messages =
            [
                new Message(MessageRole.Developer, "Be kind.") { Name = "app" },
                new Message(MessageRole.User, "Look")
                {
                    Parts = [new ContentPart("text", "Look", null), new ContentPart("image_url", null, new ImageUrl("https://example.com/a.png", "low"))],
                },
                new Message(MessageRole.Assistant, "") { ToolCalls = [new ToolCall { Id = "call_1", Type = "function", Function = new FunctionCall("f", "{}") }] },
                new Message(MessageRole.Tool, "") { ToolCallId = "call_1" },
            ],
            MaxTokens = 9,
            Temperature = 0.7,
            TopP = 0.5,
            PresencePenalty = 1,
            FrequencyPenalty = -1,
            Stop = ["END"],
            Seed = 42,
            Tools = Json("""[{"type":"function","function":{"name":"f","parameters":{"n":1e3}}}]"""),
            ToolChoice = Json("\"auto\""),
            ParallelToolCalls = false,
            ResponseFormat = Json("""{"type":"json_object"}"""),
            ReasoningEffort = "low",
            User = "u",
            Metadata = new Dictionary<string, string> { ["k"] = "v" },
        };

        AssertWrites("""
            {"model":"up","messages":[
              {"role":"developer","name":"app","content":"Be kind."},
              {"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]},
              {"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},
              {"role":"tool","content":"","tool_call_id":"call_1"}],
             "stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":9,"temperature":0.7,"top_p":0.5,"presence_penalty":1,"frequency_penalty":-1,
             "stop":["END"],"seed":42,"tools":[{"type":"function","function":{"name":"f","parameters":{"n":1e3}}}],"tool_choice":"auto","parallel_tool_calls":false,
             "response_format":{"type":"json_object"},"reasoning_effort":"low","user":"u","metadata":{"k":"v"}}
            """, completion, null, Dialect.OpenAI);
    }

    [Fact]
    public void Compatible_dialect_has_its_own_names_and_the_prefix_comes_last() => AssertWrites("""
        {"model":"up","messages":[{"role":"system","content":"Be kind."},{"role":"assistant","content":"Once"}],
         "stream":true,"stream_options":{"include_usage":true},"max_tokens":9}
        """, new ChatCompletion { Model = "m", Messages = [new Message(MessageRole.Developer, "Be kind.")], MaxTokens = 9, Stop = [] }, "Once", Dialect.Compatible);

    [Fact]
    public void Text_in_other_scripts_is_not_escaped() => Assert.Contains(
        "讲一个故事", OpenAIRequest.Write(new ChatCompletion { Model = "m", Messages = [new Message(MessageRole.User, "讲一个故事")] }, null, "up", Dialect.OpenAI).ToString(), StringComparison.Ordinal);

    private static void AssertWrites(string expected, ChatCompletion completion, string? prefix, Dialect dialect)
    {
        var written = OpenAIRequest.Write(completion, prefix, "up", dialect).ToString();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(written)), written);
    }

    private static JsonElement Json(string json) => JsonSerializer.Deserialize<JsonElement>(json);
}
