using System.Text.Json.Nodes;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>Tools, parts and the parameters that go to the provider as they are.</summary>
[Collection(ApiCollection.Name)]
public sealed class ToolTests(ApiFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tool_call_works_with_and_without_streaming()
    {
        using var streamed = await fixture.One.CompleteAsync(OpenAICalls.Body("fake-tools", true, ("tools", Tools)), Cancel);
        var chunks = (await streamed.EventsAsync(Cancel)).Chunks();
        using var whole = await fixture.Two.CompleteAsync(OpenAICalls.Body("fake-tools", false, ("tools", Tools)), Cancel);
        var choice = (await whole.JsonAsync(Cancel)).GetProperty("choices")[0];

        var pieces = chunks.Where(chunk => chunk.Delta().TryGetProperty("tool_calls", out _)).SelectMany(chunk => chunk.Delta().GetProperty("tool_calls").EnumerateArray()).ToArray();
        Assert.Equal("call_1", pieces[0].GetProperty("id").GetString());
        Assert.All(pieces, piece => Assert.Equal(0, piece.GetProperty("index").GetInt32()));
        Assert.Equal("""{"city":"Paris"}""", string.Concat(pieces.Select(piece => piece.GetProperty("function").GetProperty("arguments").GetString())));
        Assert.Equal("tool_calls", chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("content").ValueKind);
        Assert.Equal(
            """{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\u0022city\u0022:\u0022Paris\u0022}"}}""",
            choice.GetProperty("message").GetProperty("tool_calls")[0].GetRawText());
    }

    [Fact]
    public async Task Tool_call_in_the_chat_API_has_the_contract_fields()
    {
        using var response = await fixture.One.CompleteAsync(OpenAICalls.Body("fake-tools", true, ("tools", Tools)), Cancel);
        await response.EventsAsync(Cancel);
        using var native = await fixture.Two.SendAsync(HttpMethod.Get, $"/api/v1/chat/{response.StreamId()}/stream", ApiFixture.Alice, Cancel);

        Assert.Equal("tool_calls", (await native.EventsAsync(Cancel)).AssertWhole().FinishReason);
    }

    [Fact]
    public async Task Supported_fields_reach_the_provider_unchanged()
    {
        const string Sent = """
            {
              "model": "fake-text",
              "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "name": "ann", "content": [
                  { "type": "text", "text": "What is this?" },
                  { "type": "image_url", "image_url": { "url": "https://example.com/cat.png", "detail": "low" } } ] },
                { "role": "assistant", "tool_calls": [ { "id": "call_1", "type": "function", "function": { "name": "weather", "arguments": "{}" } } ] },
                { "role": "tool", "tool_call_id": "call_1", "content": "sunny" }
              ],
              "temperature": 0.5, "top_p": 0.25, "presence_penalty": 1.5, "frequency_penalty": -1.5,
              "max_completion_tokens": 77, "stop": ["END"], "seed": 42,
              "response_format": { "type": "json_schema", "json_schema": { "name": "answer", "schema": { "type": "object" } } },
              "tools": [ { "type": "function", "function": { "name": "weather", "description": "Tells it.", "parameters": { "type": "object" }, "strict": true } } ],
              "tool_choice": { "type": "function", "function": { "name": "weather" } },
              "parallel_tool_calls": false, "reasoning_effort": "low", "user": "ann-17", "metadata": { "ticket": "T1" }
            }
            """;
        var expected = JsonNode.Parse(Sent)!.AsObject();
        expected["stream"] = true;
        expected["stream_options"] = new JsonObject { ["include_usage"] = true };
        expected["max_tokens"] = 77;
        expected.Remove("max_completion_tokens");
        using var response = await fixture.One.CompleteAsync(JsonNode.Parse(Sent)!, Cancel);
        await response.JsonAsync(Cancel);

        var received = fixture.Cluster.Provider.Exchanges.Last(exchange => exchange.Model == "fake-text" && exchange.Body.Contains("ann-17", StringComparison.Ordinal)).Body;
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(received)), received);
    }

    [Fact]
    public async Task Fields_added_by_SDK_helpers_are_left_to_the_provider()
    {
        const string Sent = """
            {
              "model": "fake-tools",
              "messages": [
                { "role": "user", "content": "echo-7" },
                { "role": "assistant", "content": null, "refusal": null, "parsed": { "city": "Paris" }, "tool_calls": [
                  { "index": 0, "id": "call_1", "type": "function", "function": { "name": "weather", "arguments": "{\"city\":\"Paris\"}", "parsed_arguments": { "city": "Paris" } } } ] },
                { "role": "tool", "tool_call_id": "call_1", "content": "sunny" }
              ]
            }
            """;
        using var response = await fixture.One.CompleteAsync(JsonNode.Parse(Sent)!, Cancel);

        Assert.Equal("It is sunny.", (await response.JsonAsync(Cancel)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        var received = JsonNode.Parse(fixture.Cluster.Provider.Exchanges.Last(exchange => exchange.Body.Contains("echo-7", StringComparison.Ordinal)).Body)!;
        var expected = JsonNode.Parse(Sent)!["messages"]![1];
        Assert.True(JsonNode.DeepEquals(expected, received["messages"]![1]), received.ToJsonString());
    }

    private static readonly object[] Tools = [new { type = "function", function = new { name = "weather", parameters = new { type = "object" } } }];
}
