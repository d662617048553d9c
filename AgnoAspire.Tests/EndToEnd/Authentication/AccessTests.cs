using System.Net;
using System.Text.RegularExpressions;
using AgnoAspire.Tests.EndToEnd.OpenAIApi;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Authentication;

/// <summary>Who may do what, on real processes with keys.</summary>
[Collection(ApiCollection.Name)]
public sealed partial class AccessTests(ApiFixture fixture)
{
    private const string NoSuchId = "0123456789abcdef0123456789abcdef";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient One => fixture.One;

    private HttpClient Two => fixture.Two;

    [Theory]
    [InlineData("POST", "/api/v1/chat")]
    [InlineData("GET", "/api/v1/chat/" + NoSuchId)]
    [InlineData("GET", "/api/v1/chat/" + NoSuchId + "/stream")]
    [InlineData("DELETE", "/api/v1/chat/" + NoSuchId)]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("GET", "/v1/chat/completions/" + NoSuchId + "/stream")]
    [InlineData("DELETE", "/v1/chat/completions/" + NoSuchId)]
    [InlineData("GET", "/v1/models")]
    [InlineData("GET", "/v1/models/demo")]
    public async Task Missing_or_wrong_key_is_unauthorized(string method, string path)
    {
        foreach (var key in (string?[])[null, "sk-wrong", ApiFixture.Alice + "x", ApiFixture.Alice[..^1], ""])
        {
            using var response = await One.SendAsync(new HttpMethod(method), path, key, Cancel, method == "POST" ? OpenAICalls.Body("demo") : null);

            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/openapi/v1.json")]
    public async Task Page_probes_and_documentation_need_no_key(string path)
    {
        using var response = await One.GetAsync(path, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(200, null, "x-api-key", ApiFixture.Bob)]
    [InlineData(200, null, "api-key", ApiFixture.Bob)]
    [InlineData(200, ApiFixture.Bob, "x-api-key", "")]
    [InlineData(200, ApiFixture.Bob, "x-api-key", ApiFixture.Bob)]
    [InlineData(200, ApiFixture.Bob, "api-key", "sk-wrong")]
    [InlineData(200, "sk-wrong", "x-api-key", ApiFixture.Bob)]
    [InlineData(400, ApiFixture.Alice, "x-api-key", ApiFixture.Bob)]
    [InlineData(401, "sk-wrong", "api-key", "sk-wrong")]
    [InlineData(401, null, "api-key", "")]
    public async Task One_valid_key_in_any_header_is_enough_and_two_callers_are_too_many(int status, string? bearer, string header, string key)
    {
        using var response = await One.SendAsync(HttpMethod.Get, "/v1/models", bearer, Cancel, null, (header, key));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 400, (await response.Content.ReadAsStringAsync(Cancel)).Contains("ambiguous_credentials", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/demo")]
    [InlineData("/api/v1/chat/{0}")]
    [InlineData("/api/v1/chat/{0}/stream")]
    [InlineData("/v1/chat/completions/{0}")]
    [InlineData("/v1/chat/completions/{0}/stream")]
    public async Task HEAD_is_GET_without_a_body(string path)
    {
        using var posted = await One.CompleteAsync(OpenAICalls.Body("fake-text", stream: true), Cancel);
        await posted.EventsAsync(Cancel);
        using var head = await One.SendAsync(HttpMethod.Head, string.Format(path, posted.StreamId()), ApiFixture.Alice, Cancel);
        using var get = await One.SendAsync(HttpMethod.Get, string.Format(path, posted.StreamId()), ApiFixture.Alice, Cancel);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Theory]
    [InlineData("GET", "/api/v1/chat/{0}")]
    [InlineData("GET", "/api/v1/chat/{0}/stream")]
    [InlineData("DELETE", "/api/v1/chat/{0}")]
    [InlineData("GET", "/v1/chat/completions/{0}/stream")]
    [InlineData("GET", "/v1/chat/completions/chatcmpl-{0}/stream")]
    [InlineData("DELETE", "/v1/chat/completions/{0}")]
    public async Task Chat_of_another_caller_looks_like_an_unknown_one(string method, string path)
    {
        using var alices = await One.CompleteAsync(OpenAICalls.Body("fake-text", stream: true), Cancel);
        await alices.EventsAsync(Cancel);
        using var others = await Two.SendAsync(new HttpMethod(method), string.Format(path, alices.StreamId()), ApiFixture.Bob, Cancel);
        using var nobodys = await Two.SendAsync(new HttpMethod(method), string.Format(path, NoSuchId), ApiFixture.Bob, Cancel);
        using var own = await Two.SendAsync(new HttpMethod(method), string.Format(path, alices.StreamId()), ApiFixture.Alice, Cancel);

        Assert.Equal(HttpStatusCode.NotFound, others.StatusCode);
        Assert.Equal(await BodyAsync(nobodys), await BodyAsync(others));
        Assert.Equal(Names(nobodys), Names(others));
        Assert.True(own.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData(ApiFixture.Alice, HttpStatusCode.OK)]
    [InlineData(ApiFixture.Bob, HttpStatusCode.NotFound)]
    public async Task Admin_API_is_found_by_operators_only(string key, HttpStatusCode status)
    {
        using var response = await One.SendAsync(HttpMethod.Get, "/api/v1/dead-letters", key, Cancel);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Idempotency_key_of_another_caller_creates_a_new_job()
    {
        (string, string) key = ("Idempotency-Key", "the-same-for-both");
        var body = OpenAICalls.Body("fake-text", stream: true);
        using var alices = await One.SendAsync(HttpMethod.Post, OpenAICalls.Path, ApiFixture.Alice, Cancel, body, key);
        await alices.EventsAsync(Cancel);
        using var again = await Two.SendAsync(HttpMethod.Post, OpenAICalls.Path, ApiFixture.Alice, Cancel, body, key);
        await again.EventsAsync(Cancel);
        using var bobs = await Two.SendAsync(HttpMethod.Post, OpenAICalls.Path, ApiFixture.Bob, Cancel, OpenAICalls.Body("demo", true, ("max_tokens", 3)), key);

        Assert.Equal(alices.StreamId(), again.StreamId());
        Assert.Equal(HttpStatusCode.OK, bobs.StatusCode);
        Assert.NotEqual(alices.StreamId(), bobs.StreamId());
    }

    [Fact]
    public async Task Stream_token_opens_its_stream_on_any_replica_only()
    {
        using var first = await One.CompleteAsync(OpenAICalls.Body("fake-text", stream: true), Cancel);
        using var second = await One.CompleteAsync(OpenAICalls.Body("fake-text", stream: true), Cancel);
        await first.EventsAsync(Cancel);
        await second.EventsAsync(Cancel);
        var token = Uri.EscapeDataString(first.Headers.GetValues("X-Stream-Token").Single());
        using var native = await Two.GetAsync($"/api/v1/chat/{first.StreamId()}/stream?token={token}", Cancel);
        using var openAI = await Two.GetAsync($"/v1/chat/completions/chatcmpl-{first.StreamId()}/stream?token={token}", Cancel);

        Assert.Equal(HttpStatusCode.OK, native.StatusCode);
        Assert.Equal(HttpStatusCode.OK, openAI.StatusCode);
        var forged = token[..^4] + (token.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA");
        foreach (var (method, path) in ((HttpMethod, string)[])
        [
            (HttpMethod.Get, $"/api/v1/chat/{second.StreamId()}/stream?token={token}"),
            (HttpMethod.Get, $"/api/v1/chat/{NoSuchId}/stream?token={token}"),
            (HttpMethod.Get, $"/api/v1/chat/{first.StreamId()}/stream?token={forged}"),
            (HttpMethod.Get, $"/api/v1/chat/{first.StreamId()}/stream?token="),
            (HttpMethod.Get, $"/api/v1/chat/{first.StreamId()}?token={token}"),
            (HttpMethod.Delete, $"/api/v1/chat/{first.StreamId()}?token={token}"),
            (HttpMethod.Get, $"/v1/models?token={token}"),
        ])
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await Two.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    private static async Task<string> BodyAsync(HttpResponseMessage response) =>
        RequestId.Replace(await response.Content.ReadAsStringAsync(Cancel), "");

    private static IEnumerable<string> Names(HttpResponseMessage response) =>
        response.Headers.Concat(response.Content.Headers).Select(header => header.Key).Order(StringComparer.Ordinal);

    [GeneratedRegex("\"requestId\":\"[^\"]*\"")]
    private static partial Regex RequestId { get; }
}
