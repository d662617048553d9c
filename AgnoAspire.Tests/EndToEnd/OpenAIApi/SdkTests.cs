namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>The clients people have, as they come from their registries, against real processes: stream, whole, error, abort, tool call.</summary>
[Collection(ApiCollection.Name)]
public sealed class SdkTests(ApiFixture fixture)
{
    private const string Hello = "Hello \"world\"\n😀!";
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri Address => fixture.Cluster.Apis[0].Address;

    [Fact]
    public async Task OpenAI_package_of_npm_works_unchanged()
    {
        var seen = await NodeClients.RunAsync("openai.mjs", Address, ApiFixture.Alice, Cancel);

        Assert.Contains("fake-text", seen.GetProperty("models").EnumerateArray().Select(model => model.GetString()));
        AssertIs(seen, "stream", """{"text":"Hello \"world\"\n😀!","finish":"stop","tokens":10}""");
        AssertIs(seen, "whole", """{"text":"Hello \"world\"\n😀!","finish":"stop"}""");
        AssertIs(seen, "refused", """{"status":404,"code":"model_not_found","param":"model"}""");
        AssertIs(seen, "locked", """{"status":401,"code":"invalid_api_key"}""");
        AssertIs(seen, "broken", """{"text":"Once ","code":"provider_error"}""");
        AssertIs(seen, "tool", """{"name":"weather","arguments":"{\"city\":\"Paris\"}","text":"It is sunny."}""");
        AssertIs(seen, "aborted", """{"count":3,"job":"cancelled"}""");
        await AssertAbortedAsync();
    }

    [Fact]
    public async Task AI_SDK_works_unchanged()
    {
        var seen = await NodeClients.RunAsync("ai.mjs", Address, ApiFixture.Alice, Cancel);

        AssertIs(seen, "stream", """{"text":"Hello \"world\"\n😀!","finish":"stop","tokens":10}""");
        AssertIs(seen, "whole", """{"text":"Hello \"world\"\n😀!","finish":"stop"}""");
        AssertIs(seen, "refused", """{"status":404,"code":"model_not_found"}""");
        Assert.Equal("Once ", seen.GetProperty("broken").GetProperty("text").GetString());
        Assert.NotEmpty(seen.GetProperty("broken").GetProperty("error").GetString()!);
        AssertIs(seen, "tool", """{"text":"It is sunny.","city":"Paris"}""");
        AssertIs(seen, "aborted", """{"count":3,"job":"cancelled"}""");
        await AssertAbortedAsync();
    }

    [Fact]
    public async Task LangChain_works_unchanged()
    {
        var seen = await NodeClients.RunAsync("langchain.mjs", Address, ApiFixture.Alice, Cancel);

        AssertIs(seen, "stream", """{"text":"Hello \"world\"\n😀!","tokens":10}""");
        AssertIs(seen, "whole", """{"text":"Hello \"world\"\n😀!"}""");
        AssertIs(seen, "refused", """{"status":404,"code":"model_not_found"}""");
        AssertIs(seen, "broken", """{"text":"Once ","code":"provider_error"}""");
        AssertIs(seen, "tool", """{"name":"weather","city":"Paris","text":"It is sunny."}""");
        Assert.Equal("cancelled", seen.GetProperty("aborted").GetProperty("job").GetString());
        await AssertAbortedAsync();
    }

    [Fact]
    public async Task Agents_SDK_works_unchanged()
    {
        var seen = await NodeClients.RunAsync("agents.mjs", Address, ApiFixture.Alice, Cancel);

        AssertIs(seen, "stream", """{"text":"Hello \"world\"\n😀!","tokens":10}""");
        AssertIs(seen, "whole", """{"text":"Hello \"world\"\n😀!"}""");
        AssertIs(seen, "refused", """{"status":404,"code":"model_not_found"}""");
        AssertIs(seen, "broken", """{"text":"Once ","code":"provider_error"}""");
        AssertIs(seen, "tool", """{"text":"It is sunny.","city":"Paris"}""");
        AssertIs(seen, "aborted", """{"job":"cancelled"}""");
        await AssertAbortedAsync();
    }

    [Fact]
    public async Task Fetch_event_source_and_eventsource_read_both_APIs()
    {
        var seen = await NodeClients.RunAsync("events.mjs", Address, ApiFixture.Alice, Cancel);

        // fetch-event-source, which posts, and takes nothing but streams.
        Assert.Equal(Hello, seen.GetProperty("stream").GetProperty("text").GetString());
        Assert.True(seen.GetProperty("stream").GetProperty("done").GetBoolean());
        Assert.Equal(Hello, seen.GetProperty("native").GetProperty("text").GetString());
        Assert.Equal("model_not_found", seen.GetProperty("refused").GetProperty("error").GetString());
        Assert.Equal("provider_error", seen.GetProperty("broken").GetProperty("code").GetString());
        Assert.Equal("weather", seen.GetProperty("tool").GetProperty("name").GetString());
        Assert.Equal("""{"city":"Paris"}""", seen.GetProperty("tool").GetProperty("arguments").GetString());
        Assert.Equal("tool_calls", seen.GetProperty("tool").GetProperty("finish").GetString());
        Assert.Equal(4, seen.GetProperty("aborted").GetProperty("count").GetInt32());
        Assert.Equal("cancelled", seen.GetProperty("aborted").GetProperty("job").GetString());

        // eventsource, which only watches. The end of the stream makes it come back once, and 204 tells it to stop.
        AssertIs(seen, "watchedNatively", """{"text":"Hello \"world\"\n😀!","lastId":"last","done":true,"code":204}""");
        AssertIs(seen, "watched", """{"text":"Hello \"world\"\n😀!","lastId":"last","done":true,"code":204}""");
        Assert.Equal(seen.GetProperty("lastIds")[0].GetString(), seen.GetProperty("lastIds")[1].GetString());
        AssertIs(seen, "watchedBroken", """{"text":"Once ","error":"provider_error"}""");
        AssertIs(seen, "watchedForged", "[401,401]");
        AssertIs(seen, "watchedAborted", """{"count":10,"job":"cancelled"}""");
        await AssertAbortedAsync();
    }

    [Fact]
    public async Task Python_requests_reads_the_OpenAI_API()
    {
        Assert.SkipWhen(ProcessRunner.Find("python3") is null, "no Python on this machine");
        var seen = await NodeClients.RunPythonAsync("with_requests.py", Address, ApiFixture.Alice, Cancel);

        Assert.Equal(Hello, seen.GetProperty("stream").GetProperty("text").GetString());
        Assert.True(seen.GetProperty("stream").GetProperty("done").GetBoolean());
        Assert.Equal(Hello, seen.GetProperty("whole").GetString());
        Assert.Equal("model_not_found", seen.GetProperty("refused").GetProperty("code").GetString());
        Assert.Equal("provider_error", seen.GetProperty("broken").GetProperty("code").GetString());
        Assert.Equal("""{"city":"Paris"}""", seen.GetProperty("tool").GetProperty("calls").GetString());
        Assert.Equal("tool_calls", seen.GetProperty("tool").GetProperty("finish").GetString());
        Assert.Equal("cancelled", seen.GetProperty("aborted").GetProperty("job").GetString());
        await AssertAbortedAsync();
    }

    // A client that disconnected is no viewer: after the grace period the provider is disconnected too.
    private async Task AssertAbortedAsync() =>
        await fixture.Cluster.Provider.Exchanges.Last(exchange => exchange.Model == "fake-slow").Aborted.WaitAsync(AbortLimit, TimeProvider.System, Cancel);

    private static void AssertIs(JsonElement seen, string name, string expected) => Assert.True(
        JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(expected), seen.GetProperty(name)), seen.GetProperty(name).GetRawText());
}
