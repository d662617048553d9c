using System.Net;
using System.Net.Http.Headers;
using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>What is not a good request is refused with a problem that names the fault, and leaves nothing behind.</summary>
public sealed class BadInputTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Good = """{"messages":[{"role":"user","content":"Hi"}],"model":"demo"}""";
    private readonly Cluster cluster = fixture.Cluster;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, int, string, string> Bodies => new()
    {
        { "", 400, "invalid_json", "" },
        { "hello", 400, "invalid_json", "line 1" },
        { Good[..^1], 400, "invalid_json", "line 1" },
        { "null", 400, "invalid_json", "" },
        { "[]", 400, "invalid_request", "object" },
        { "42", 400, "invalid_request", "object" },
        { "{}", 400, "invalid_request", "messages" },
        { """{"model":"demo","messages":[]}""", 400, "invalid_request", "messages" },
        { """{"model":"demo","messages":null}""", 400, "invalid_request", "messages" },
        { """{"model":"demo","messages":"Hi"}""", 400, "invalid_request", "messages" },
        { """{"model":"demo","messages":[null]}""", 400, "invalid_request", "messages[0]" },
        { """{"model":"demo","messages":[{"role":"user"}]}""", 400, "invalid_request", "messages[0].content" },
        { """{"model":"demo","messages":[{"role":"user","content":7}]}""", 400, "invalid_request", "messages[0].content" },
        { """{"model":"demo","messages":[{"role":"robot","content":"Hi"}]}""", 400, "invalid_request", "messages[0].role" },
        { """{"messages":[{"role":"user","content":"Hi"}]}""", 400, "invalid_request", "model" },
        { Good.Replace("demo", "no-such-model", StringComparison.Ordinal), 404, "model_not_found", "" },
        { Good.Replace("\"demo\"", "17", StringComparison.Ordinal), 400, "invalid_request", "model" },
        { Extended("\"max_tokens\":-1"), 400, "invalid_request", "max_tokens" },
        { Extended("\"max_tokens\":99999999999999999999"), 400, "invalid_request", "max_tokens" },
        { Extended("\"max_tokens\":1.5"), 400, "invalid_request", "max_tokens" },
        { Extended("\"temperature\":3"), 400, "invalid_request", "temperature" },
        { Extended("\"temperature\":1e999"), 400, "invalid_request", "temperature" },
        { Extended("\"stream\":\"yes\""), 400, "invalid_request", "stream" },
        { Extended("\"stop\":[1]"), 400, "invalid_request", "stop" },
        { Extended("\"stop\":\"\""), 400, "invalid_request", "stop" },
        { Extended("\"max_token\":5"), 400, "invalid_request", "max_token" },
        { Extended("\"model\":\"demo\""), 400, "invalid_request", "model" },
        { Extended("\"on_disconnect\":\"explode\""), 400, "invalid_request", "on_disconnect" },
        { Extended($"\"stop\":{new string('[', 2000)}{new string(']', 2000)}"), 400, "", "" },
        { new string('[', 100_000), 400, "", "" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Bad_body_is_a_problem_that_names_the_field(string body, int status, string code, string named)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await AssertRefusedAsync(content, status, code, named);
    }

    [Fact]
    public async Task Invalid_UTF8_is_refused()
    {
        var bytes = Encoding.UTF8.GetBytes(Good);
        bytes[Good.IndexOf("Hi", StringComparison.Ordinal)] = 0xFF;
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        await AssertRefusedAsync(content, 400, "", "");
    }

    [Fact]
    public async Task Lone_surrogate_is_refused()
    {
        using var content = new StringContent(Good.Replace("Hi", "\\ud83d", StringComparison.Ordinal), Encoding.UTF8, "application/json");

        await AssertRefusedAsync(content, 400, "", "");
    }

    [Fact]
    public async Task Other_content_type_is_refused()
    {
        using var content = new StringContent(Good, Encoding.UTF8, "text/plain");

        await AssertRefusedAsync(content, 415, "unsupported_media_type", "Content-Type");
    }

    [Fact]
    public async Task Body_of_100_MB_is_refused_unread()
    {
        using var content = new ByteArrayContent(new byte[100_000_000]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, ChatClient.Path) { Content = content };
        request.Headers.ExpectContinue = true;
        using var response = await cluster.Apis[0].Client.SendAsync(request, Cancel);

        await AssertProblemAsync(response, 413, "body_too_large", "bytes");
    }

    [Fact]
    public async Task Bad_event_id_or_idempotency_key_is_refused()
    {
        var client = cluster.Apis[0].Client;
        using var posted = await client.PostAsync(ChatClient.Body("demo", stream: false, maxTokens: 1), Cancel);
        foreach (var id in new[] { "-1", "abc", "1.5", "99999999999999999999" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{ChatClient.Path}/{posted.StreamId()}/stream");
            request.Headers.TryAddWithoutValidation("Last-Event-ID", id);
            using var response = await client.SendAsync(request, Cancel);
            await AssertProblemAsync(response, 400, "invalid_last_event_id", "");
        }

        using var key = await client.PostAsync(
            ChatClient.Body("demo", stream: false), Cancel, request => request.Headers.TryAddWithoutValidation("Idempotency-Key", new string('k', 256)));
        await AssertProblemAsync(key, 400, "invalid_idempotency_key", "");
    }

    [Theory]
    [InlineData("/api/v1/chat")]
    [InlineData("/v1/chat/completions")]
    public async Task Last_event_id_beyond_the_end_of_a_live_log_is_rejected(string path)
    {
        var client = cluster.Apis[0].Client;
        using var gate = new SemaphoreSlim(1);
        cluster.Provider.Then(FakeAnswers.Gated(gate, "one", "two"));
        using var posted = await client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        await posted.EventsAsync(Cancel, count: 1);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{path}/{posted.StreamId()}/stream");
        request.Headers.Add("Last-Event-ID", "5");
        using var response = await client.SendAsync(request, Cancel);
        gate.Release();

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("\"code\":\"invalid_last_event_id\"", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Unknown_path_or_method_is_a_problem()
    {
        var client = cluster.Apis[0].Client;
        using var path = await client.GetAsync("/api/v2/chat", Cancel);
        using var method = await client.PutAsync(ChatClient.Path, null, Cancel);

        await AssertProblemAsync(path, 404, "not_found", "");
        await AssertProblemAsync(method, 405, "method_not_allowed", "");
    }

    [Fact]
    public async Task OpenAPI_document_has_every_call_with_examples()
    {
        var document = await (await cluster.Apis[0].Client.GetAsync("/openapi/v1.json", Cancel)).JsonAsync(Cancel);
        var paths = document.GetProperty("paths");
        var post = paths.GetProperty(ChatClient.Path).GetProperty("post");

        Assert.True(paths.GetProperty($"{ChatClient.Path}/{{id}}").TryGetProperty("delete", out _));
        Assert.True(paths.GetProperty($"{ChatClient.Path}/{{id}}/stream").TryGetProperty("get", out _));
        Assert.Equal("gpt-3.5-turbo", post.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example").GetProperty("model").GetString());
        Assert.Contains("\"done\":true", post.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("text/event-stream").GetProperty("example").GetString());
    }

    private static string Extended(string field) => $"{Good[..^1]},{field}}}";

    private static async Task AssertProblemAsync(HttpResponseMessage response, int status, string code, string named)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True((int)response.StatusCode == status, text);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = System.Text.Json.JsonDocument.Parse(text).RootElement;
        Assert.NotEmpty(problem.GetProperty("requestId").GetString()!);
        Assert.NotEmpty(problem.GetProperty("code").GetString()!);
        Assert.StartsWith(code, problem.GetProperty("code").GetString());
        Assert.Contains(named, problem.GetProperty("detail").GetString());
        Assert.DoesNotContain("Exception", text);
    }

    private async Task AssertRefusedAsync(HttpContent content, int status, string code, string named)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(cluster.ConnectionString);
        var before = await JobsAsync(redis);
        using var response = await cluster.Apis[0].Client.PostAsync(ChatClient.Path, content, Cancel);

        await AssertProblemAsync(response, status, code, named);
        Assert.Equal(before, await JobsAsync(redis));
    }

    private async Task<long> JobsAsync(ConnectionMultiplexer redis)
    {
        var server = redis.GetServers()[0];
        var count = 0L;
        await foreach (var key in server.KeysAsync(pattern: $"{cluster.KeyPrefix}:v1:{{job:*").WithCancellation(Cancel))
        {
            // Those of chats that have ended expire meanwhile.
            count += key.ToString().EndsWith(":barrier", StringComparison.Ordinal) ? 0 : 1;
        }

        return count;
    }
}
