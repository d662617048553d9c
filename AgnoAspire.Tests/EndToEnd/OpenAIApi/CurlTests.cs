using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>curl on both APIs of real processes.</summary>
[Collection(ApiCollection.Name)]
public sealed class CurlTests(ApiFixture fixture)
{
    private const string Hello = "Hello \"world\"\n😀!";
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Curl_reads_a_stream()
    {
        var openAI = await RunAsync(OpenAICalls.Path, OpenAICalls.Body("fake-text", stream: true));
        var native = await RunAsync(ChatClient.Path, ChatClient.Body("fake-text", stream: true));

        Assert.Contains("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}", openAI);
        Assert.Matches("id: [2-4]\ndata: \\[DONE\\]\n\n200$", openAI);
        Assert.StartsWith("retry: 2000\nid: 1\ndata: {\"content\":\"Hello", native);
        Assert.Matches("\"done\":true,\"model\":\"fake-text\",\"finish_reason\":\"stop\",.*\n\n200$", native);
    }

    [Fact]
    public async Task Curl_reads_a_response_without_streaming()
    {
        var openAI = Json(await RunAsync(OpenAICalls.Path, OpenAICalls.Body("fake-text")), "200");
        var native = Json(await RunAsync(ChatClient.Path, ChatClient.Body("fake-text", stream: false)), "200");

        Assert.Equal(Hello, openAI.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(Hello, native.GetProperty("content").GetString());
    }

    [Fact]
    public async Task Curl_shows_refusals_and_failures()
    {
        var refused = Json(await RunAsync(OpenAICalls.Path, OpenAICalls.Body("none-such", stream: true)), "404");
        var refusedNatively = Json(await RunAsync(ChatClient.Path, ChatClient.Body("none-such", stream: true)), "404");
        var broken = await RunAsync(OpenAICalls.Path, OpenAICalls.Body("fake-error", stream: true));
        var brokenNatively = await RunAsync(ChatClient.Path, ChatClient.Body("fake-error", stream: true));

        Assert.Equal("model_not_found", refused.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("model_not_found", refusedNatively.GetProperty("code").GetString());
        Assert.Matches("\"content\":\"Once \".*\n\nid: 2\ndata: {\"error\":{.*\"code\":\"provider_error\"}}\n\n200$", broken);
        Assert.Matches("\"content\":\"Once \".*\n\nid: 2\ndata: {\"content\":\"\",\"done\":true,.*\"finish_reason\":\"error\",.*\"error\":{\"code\":\"provider_error\".*\n\n200$", brokenNatively);
    }

    [Fact]
    public async Task Curl_sends_the_result_of_a_tool_call()
    {
        var streamed = await RunAsync(OpenAICalls.Path, OpenAICalls.Body("fake-tools", stream: true));
        var whole = Json(await RunAsync(OpenAICalls.Path, OpenAICalls.Body("fake-tools")), "200").GetProperty("choices")[0];
        var message = whole.GetProperty("message");
        object[] messages = [new { role = "user", content = "Hello" }, message, new { role = "tool", tool_call_id = "call_1", content = "sunny" }];
        var answer = Json(await RunAsync(OpenAICalls.Path, new { model = "fake-tools", messages }), "200");

        Assert.Contains("\"tool_calls\":[{\"index\":0,\"id\":\"call_1\"", streamed);
        Assert.Contains("\"finish_reason\":\"tool_calls\"", streamed);
        Assert.Equal("""{"city":"Paris"}""", message.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal("It is sunny.", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData(OpenAICalls.Path)]
    [InlineData(ChatClient.Path)]
    public async Task Killing_curl_stops_the_provider(string path)
    {
        using var curl = Process.Start(Start(path, OpenAICalls.Body("fake-slow", stream: true)))!;
        using var reader = new SseReader(curl.StandardOutput.BaseStream);
        var count = 0;
        await foreach (var _ in reader.ReadAsync(Cancel))
        {
            if (++count == 5)
            {
                curl.Kill();
                break;
            }
        }

        await curl.WaitForExitAsync(Cancel);
        Assert.Equal(5, count);
        await fixture.Cluster.Provider.Exchanges.Last(exchange => exchange.Model == "fake-slow").Aborted.WaitAsync(AbortLimit, TimeProvider.System, Cancel);
    }

    private Task<string> RunAsync(string path, object body)
    {
        var start = Start(path, body);
        return ProcessRunner.RunAsync(start.FileName, start.ArgumentList, cancellationToken: Cancel);
    }

    private ProcessStartInfo Start(string path, object body)
    {
        Assert.SkipWhen(ProcessRunner.Find("curl") is null, "no curl on this machine");
        string[] arguments =
        [
            "-sN", "-w", "%{http_code}", new Uri(fixture.Cluster.Apis[0].Address, path).ToString(), "-H", $"Authorization: Bearer {ApiFixture.Alice}",
            "-H", "Content-Type: application/json", "-d", JsonSerializer.Serialize(body),
        ];
        return new ProcessStartInfo("curl", arguments) { RedirectStandardOutput = true };
    }

    private static JsonElement Json(string output, string status)
    {
        Assert.EndsWith(status, output);
        return JsonSerializer.Deserialize<JsonElement>(output[..^status.Length]);
    }
}
