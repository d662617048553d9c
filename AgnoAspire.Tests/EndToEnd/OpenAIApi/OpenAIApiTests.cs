using System.Net;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>The OpenAI API on real processes.</summary>
[Collection(ApiCollection.Name)]
public sealed class OpenAIApiTests(ApiFixture fixture)
{
    private const string Hello = "Hello \"world\"\n😀!";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient One => fixture.One;

    private HttpClient Two => fixture.Two;

    [Fact]
    public async Task Stream_has_role_deltas_finish_reason_usage_and_DONE()
    {
        using var response = await One.CompleteAsync(OpenAICalls.Body("fake-text", true, ("stream_options", new { include_usage = true })), Cancel);
        var events = await response.EventsAsync(Cancel);
        var chunks = events.Chunks();

        Assert.Equal("[DONE]", events[^1].Data);
        Assert.Equal("assistant", chunks[0].Delta().GetProperty("role").GetString());
        Assert.Equal(Hello, chunks.TextOf());
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(10, chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.All(chunks.SkipLast(1), chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.All(chunks, chunk =>
        {
            Assert.Equal("chatcmpl-" + response.StreamId(), chunk.GetProperty("id").GetString());
            Assert.Equal("chat.completion.chunk", chunk.GetProperty("object").GetString());
            Assert.Equal("fake-text", chunk.GetProperty("model").GetString());
        });
        Assert.NotEmpty(response.Headers.GetValues("x-request-id"));
    }

    [Fact]
    public async Task Stream_has_no_usage_unless_requested()
    {
        using var response = await One.CompleteAsync(OpenAICalls.Body("fake-text", stream: true), Cancel);

        Assert.All((await response.EventsAsync(Cancel)).Chunks(), chunk => Assert.False(chunk.TryGetProperty("usage", out _)));
    }

    [Fact]
    public async Task Response_without_streaming_is_a_chat_completion()
    {
        using var response = await One.CompleteAsync(OpenAICalls.Body("fake-text"), Cancel);
        var answer = await response.JsonAsync(Cancel);
        var choice = answer.GetProperty("choices")[0];

        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.Equal("chatcmpl-" + response.StreamId(), answer.GetProperty("id").GetString());
        Assert.Equal(Hello, choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(10, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task Location_leads_to_the_completion_before_and_after_its_end()
    {
        using var response = await One.CompleteAsync(OpenAICalls.Body("fake-slow", stream: true), Cancel);
        using var reader = new SseReader(await response.Content.ReadAsStreamAsync(Cancel));
        await using var events = reader.ReadAsync(Cancel).GetAsyncEnumerator(Cancel);
        for (var count = 0; count < 3; count++)
        {
            await events.MoveNextAsync();
        }

        using var running = await Two.SendAsync(HttpMethod.Get, new Uri(Two.BaseAddress!, response.Job().PathAndQuery).AbsolutePath, ApiFixture.Alice, Cancel);
        using var whole = await One.CompleteAsync(OpenAICalls.Body("fake-text"), Cancel);
        using var ended = await Two.SendAsync(HttpMethod.Get, whole.Job().AbsolutePath, ApiFixture.Alice, Cancel);
        var choice = (await running.JsonAsync(Cancel)).GetProperty("choices")[0];

        Assert.NotEqual("", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.False(choice.TryGetProperty("finish_reason", out _));
        Assert.Equal(Hello, (await ended.JsonAsync(Cancel)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Stream_of_one_API_is_readable_on_the_other()
    {
        using var response = await One.CompleteAsync(OpenAICalls.Body("demo", true, ("max_tokens", 12)), Cancel);
        var events = await response.EventsAsync(Cancel);
        using var native = await Two.SendAsync(HttpMethod.Get, $"/api/v1/chat/{response.StreamId()}/stream", ApiFixture.Alice, Cancel);
        var seen = await native.EventsAsync(Cancel);
        using var begunNatively = await One.SendAsync(HttpMethod.Post, ChatClient.Path, ApiFixture.Alice, Cancel, ChatClient.Body("demo", stream: true, maxTokens: 5));
        var text = (await begunNatively.EventsAsync(Cancel)).Text();
        using var again = await Two.SendAsync(HttpMethod.Get, $"{OpenAICalls.Path}/{begunNatively.StreamId()}/stream", ApiFixture.Alice, Cancel);

        Assert.Equal("length", seen.AssertWhole().FinishReason);
        Assert.Equal(seen.Text(), events.Chunks().TextOf());
        Assert.Equal(seen[^1].Id, events[^1].Id);
        Assert.Equal(text, (await again.EventsAsync(Cancel)).Chunks().TextOf());
    }

    [Fact]
    public async Task Stream_resumes_after_the_last_event_on_another_replica()
    {
        using var response = await One.CompleteAsync(OpenAICalls.Body("demo", true, ("max_tokens", 40)), Cancel);
        var all = await response.EventsAsync(Cancel);
        var path = $"{OpenAICalls.Path}/chatcmpl-{response.StreamId()}/stream";
        using var resumed = await Two.SendAsync(HttpMethod.Get, path, ApiFixture.Alice, Cancel, null, ("Last-Event-ID", "7"));
        var rest = await resumed.EventsAsync(Cancel);
        using var over = await Two.SendAsync(HttpMethod.Get, path, ApiFixture.Alice, Cancel, null, ("Last-Event-ID", all[^1].Id!));

        Assert.Equal(all.SkipWhile(item => item.Id != "7").Skip(1).Select(item => item.Id), rest.Select(item => item.Id == "7" ? "7" : item.Id));
        Assert.Equal(all.SkipWhile(item => item.Id != "7").Skip(1).Chunks().TextOf(), rest.Chunks().TextOf());
        Assert.Equal("8", rest[0].Id);
        Assert.Equal("[DONE]", rest[^1].Data);
        Assert.Equal(HttpStatusCode.NoContent, over.StatusCode);
    }

    [Fact]
    public async Task Cancel_on_another_replica_ends_the_stream_with_an_error()
    {
        using var response = await One.CompleteAsync(OpenAICalls.Body("fake-slow", stream: true), Cancel);
        using var reader = new SseReader(await response.Content.ReadAsStreamAsync(Cancel));
        SseEvent? last = null;
        var count = 0;
        await foreach (var item in reader.ReadAsync(Cancel))
        {
            last = item;
            if (++count == 3)
            {
                using var cancelled = await Two.SendAsync(HttpMethod.Delete, $"{OpenAICalls.Path}/chatcmpl-{response.StreamId()}", ApiFixture.Alice, Cancel);
                Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
            }
        }

        Assert.Equal("cancelled", JsonSerializer.Deserialize<JsonElement>(last!.Data).GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(400, HttpStatusCode.BadRequest, "provider_rejected")]
    [InlineData(401, HttpStatusCode.Unauthorized, "provider_authentication")]
    [InlineData(429, HttpStatusCode.TooManyRequests, "provider_rate_limited")]
    [InlineData(500, HttpStatusCode.ServiceUnavailable, "provider_unavailable")]
    public async Task Failure_before_the_first_chunk_is_a_status_of_the_stream(int provider, HttpStatusCode status, string code)
    {
        fixture.Cluster.Provider.For("fake-early", FakeAnswers.Status(provider, """{"error":{"message":"early"}}"""));
        using var response = await One.CompleteAsync(OpenAICalls.Body("fake-early", stream: true), Cancel);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(provider >= 429 ? TimeSpan.FromSeconds(5) : null, response.Headers.RetryAfter?.Delta);
        Assert.Equal(code, (await response.ErrorAsync(Cancel)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Failure_after_a_second_is_an_event()
    {
        using var gate = new SemaphoreSlim(0);
        fixture.Cluster.Provider.For("fake-late", async exchange =>
        {
            await gate.WaitAsync(Cancel);
            await FakeAnswers.Status(400)(exchange);
        });
        using var response = await One.CompleteAsync(OpenAICalls.Body("fake-late", stream: true), Cancel);
        gate.Release();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("provider_rejected", (await response.EventsAsync(Cancel)).Chunks()[^1].GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(OpenAICalls.Path)]
    [InlineData(ChatClient.Path)]
    public async Task Repeated_POST_continues_after_the_last_event(string path)
    {
        var body = new { model = "demo", messages = new[] { new { role = "user", content = "Hello" } }, stream = true, max_tokens = 30 };
        var key = ("Idempotency-Key", $"{Guid.NewGuid()}");
        Task<HttpResponseMessage> PostAsync(HttpClient client, string? id, params (string, string)[] more) => client.SendAsync(
            HttpMethod.Post, path, ApiFixture.Alice, Cancel, body, [.. more, .. id is null ? Array.Empty<(string, string)>() : [("Last-Event-ID", id)]]);

        using var first = await PostAsync(One, null, key);
        var all = await first.EventsAsync(Cancel);
        using var again = await PostAsync(Two, "7", key);
        var rest = await again.EventsAsync(Cancel);
        using var query = await Two.SendAsync(HttpMethod.Get, $"{path}/{first.StreamId()}/stream?lastEventId=7", ApiFixture.Alice, Cancel);
        using var over = await PostAsync(Two, all[^1].Id, key);
        using var beyond = await PostAsync(Two, "1000", key);
        using var unknown = await PostAsync(Two, "7", ("Idempotency-Key", $"{Guid.NewGuid()}"));
        using var keyless = await PostAsync(Two, "7");

        Assert.Equal(all.SkipWhile(item => item.Id != "8").Select(item => item.Data), rest.Select(item => item.Data));
        Assert.Equal(rest.Select(item => item.Data), (await query.EventsAsync(Cancel)).Select(item => item.Data));
        Assert.Empty(await over.EventsAsync(Cancel));
        Assert.All([beyond, unknown, keyless], response => Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode));
    }

    [Fact]
    public async Task Provider_failure_is_an_error_event_or_a_status()
    {
        using var streamed = await One.CompleteAsync(OpenAICalls.Body("fake-error", stream: true), Cancel);
        var events = await streamed.EventsAsync(Cancel);
        using var whole = await One.CompleteAsync(OpenAICalls.Body("fake-down"), Cancel);
        var error = await whole.ErrorAsync(Cancel);

        Assert.Equal("Once ", events.SkipLast(1).Chunks().TextOf());
        Assert.Equal("provider_error", events.Chunks()[^1].GetProperty("error").GetProperty("code").GetString());
        Assert.DoesNotContain(events, item => item.Data == "[DONE]");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, whole.StatusCode);
        Assert.Equal("server_error", error.GetProperty("type").GetString());
        Assert.Equal("provider_unavailable", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Models_are_listed_and_found_by_name()
    {
        using var list = await One.SendAsync(HttpMethod.Get, "/v1/models", ApiFixture.Alice, Cancel);
        using var slash = await One.SendAsync(HttpMethod.Get, "/v1/models/fake/slash", ApiFixture.Alice, Cancel);
        using var none = await One.SendAsync(HttpMethod.Get, "/v1/models/none-such", ApiFixture.Alice, Cancel);
        var models = await list.JsonAsync(Cancel);

        Assert.Equal("list", models.GetProperty("object").GetString());
        Assert.Contains(models.GetProperty("data").EnumerateArray(), model => model.GetProperty("id").GetString() == "demo" && model.GetProperty("object").GetString() == "model");
        Assert.Equal("fake/slash", (await slash.JsonAsync(Cancel)).GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.Equal("model_not_found", (await none.ErrorAsync(Cancel)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{"n":2}""", "n")]
    [InlineData("""{"max_tokens":0}""", "max_tokens")]
    [InlineData("""{"messages":[{"content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"messages":[]}""", "messages")]
    [InlineData("""{"model":""}""", "model")]
    [InlineData("""{"stream":"yes"}""", "stream")]
    public async Task Field_of_ours_that_is_not_valid_is_rejected_by_name(string fields, string param)
    {
        var body = OpenAICalls.Body("fake-text");
        foreach (var field in JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(fields)!)
        {
            body[field.Key] = field.Value;
        }

        using var response = await One.CompleteAsync(body, Cancel);
        var error = await response.ErrorAsync(Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.StartsWith(param, error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("fake-text")]
    public async Task Fields_of_any_kind_are_accepted_and_left_to_the_provider(string model)
    {
        using var response = await One.CompleteAsync(
            OpenAICalls.Body(
                model, false, ("n", 1), ("logprobs", true), ("store", null), ("tools", Array.Empty<object>()), ("service_tier", "auto"), ("temperature", "hot"),
                ("seed", 1.5), ("stop", 7), ("tool_choice", new { type = "custom" }), ("stream_options", new { include_usage = true }), ("max_tokens", 5)),
            Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("POST", "/v1/chat/completions", "{", 400, "invalid_json")]
    [InlineData("POST", "/v1/embeddings", "{}", 404, "not_found")]
    [InlineData("DELETE", "/v1/models", null, 405, "method_not_allowed")]
    [InlineData("GET", "/v1/chat/completions/chatcmpl-0123456789abcdef0123456789abcdef/stream", null, 404, "job_not_found")]
    public async Task Every_failure_on_this_face_has_OpenAIs_shape(string method, string path, string? body, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("x-api-key", ApiFixture.Alice);
        request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await One.SendAsync(request, Cancel);
        var error = await response.ErrorAsync(Cancel);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.True(error.TryGetProperty("param", out _));
    }
}
