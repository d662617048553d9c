using System.Net;
using System.Text.RegularExpressions;
using AgnoAspire.Tests.EndToEnd.OpenAIApi;
using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.EndToEnd.Authentication;

/// <summary>The basics that scanners and attackers try first, on real processes.</summary>
[Collection(ApiCollection.Name)]
public sealed partial class HttpHardeningTests(ApiFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ServerProcess Api => fixture.Cluster.Apis[0];

    [Fact]
    public async Task Every_response_has_security_headers()
    {
        foreach (var path in (string[])["/v1/models", "/api/v1/chat/x", "/nowhere", "/health", "/", "/agno-chat.js"])
        {
            using var response = await Api.Client.SendAsync(HttpMethod.Get, path, ApiFixture.Alice, Cancel);

            Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
            Assert.Equal("DENY", Header(response, "X-Frame-Options"));
            Assert.Equal("no-referrer", Header(response, "Referrer-Policy"));
            Assert.StartsWith("default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'", Header(response, "Content-Security-Policy"));
            Assert.False(response.Headers.Contains("Server"));
            Assert.False(response.Headers.Contains("X-Powered-By"));
        }
    }

    [Fact]
    public async Task Cors_refuses_unknown_origins()
    {
        using var response = await Api.Client.SendAsync(HttpMethod.Get, "/v1/models", ApiFixture.Alice, Cancel, null, ("Origin", "https://evil.example"));
        using var module = await Api.Client.SendAsync(HttpMethod.Get, "/agno-chat.js", null, Cancel, null, ("Origin", "https://evil.example"));
        using var preflight = await Api.Client.SendAsync(
            HttpMethod.Options, "/v1/chat/completions", null, Cancel, null, ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"));

        Assert.DoesNotContain(response.Headers.Concat(module.Headers).Concat(preflight.Headers), header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("/api/v1/chat/..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/v1/chat/%0d%0aSet-Cookie:%20x=1")]
    [InlineData("/api/v1/chat/0123456789abcdef0123456789abcde%C4%B1/stream")]
    [InlineData("/v1/chat/completions/chatcmpl-%7b0123456789abcdef0123456789abcd%7d/stream")]
    [InlineData("/api/v1/chat/0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("/v1/models/%0d%0aInjected:%20yes")]
    public async Task An_id_that_is_none_is_not_found_and_comes_back_nowhere(string path)
    {
        using var response = await Api.Client.SendAsync(HttpMethod.Get, path, ApiFixture.Alice, Cancel);
        var body = await response.Content.ReadAsStringAsync(Cancel);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.False(response.Headers.Contains("Injected"));
        Assert.DoesNotContain("passwd", body);
    }

    [Fact]
    public async Task Line_ends_in_a_request_reach_no_header_or_log()
    {
        const string Evil = "demo\r\nInjected: yes\nfail: forged line";
        using var response = await Api.Client.CompleteAsync(OpenAICalls.Body(Evil), Cancel);
        using var ids = await Api.Client.SendAsync(HttpMethod.Get, "/v1/models", ApiFixture.Alice, Cancel, null, ("X-Request-Id", "forged id; with=signs"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.False(response.Headers.Contains("Injected"));
        Assert.NotEqual("forged id; with=signs", Header(ids, "X-Request-Id"));
        Assert.DoesNotContain("forged", Api.Output);
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/api/v1/chat")]
    public async Task Errors_reveal_no_internals(string path)
    {
        foreach (var body in (string[])["{", "[]", "null", """{"messages":7}""", "{\"model\":\"\\ud800\",\"messages\":[{\"role\":\"user\",\"content\":\"\\udfff\"}]}", new string('[', 5000)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("x-api-key", ApiFixture.Alice);
            using var response = await Api.Client.SendAsync(request, Cancel);
            var text = await response.Content.ReadAsStringAsync(Cancel);

            Assert.InRange((int)response.StatusCode, 400, 404);
            Assert.DoesNotMatch(StackTrace, text);
        }
    }

    [Theory]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Folded: a\r\n b\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")]
    [InlineData("GET /v1/models HTTP/1.1\r\n\r\n")]
    public async Task Ambiguous_request_is_refused_and_its_connection_closed(string request)
    {
        var answer = await RawHttp.SendAsync(Api.Address, request + "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", Cancel);

        Assert.StartsWith("HTTP/1.1 400", answer);
        Assert.DoesNotContain("Healthy", answer);
        await Api.WaitForOutputAsync("Malformed HTTP: status 400, connection 0H", Cancel);
    }

    [Fact]
    public async Task Conflicting_lengths_smuggle_no_second_request()
    {
        var smuggled = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
        var answer = await RawHttp.SendAsync(
            Api.Address, $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {5 + smuggled.Length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}", Cancel);

        // One answer: what follows is not read as a request, and the connection is closed.
        Assert.Matches("^HTTP/1.1 4[0-9]{2} ", answer);
        Assert.Equal(2, answer.Split("HTTP/1.1 ").Length);
        Assert.DoesNotContain("Healthy", answer);
    }

    [Fact]
    public async Task Internal_error_is_logged_and_reveals_no_internals()
    {
        using var response = await Api.Client.CompleteAsync(OpenAICalls.Body("demo", true, ("max_tokens", 3)), Cancel);
        await response.EventsAsync(Cancel);
        await using (var redis = await ConnectionMultiplexer.ConnectAsync(fixture.Cluster.ConnectionString))
        {
            await redis.GetDatabase().ListRightPushAsync($"{fixture.Cluster.KeyPrefix}:v1:{{job:{response.StreamId()}}}:chunks", "no chunk");
        }

        using var fault = await Api.Client.SendAsync(HttpMethod.Get, $"/api/v1/chat/{response.StreamId()}", ApiFixture.Alice, Cancel);
        var text = await fault.Content.ReadAsStringAsync(Cancel);

        Assert.Equal(HttpStatusCode.InternalServerError, fault.StatusCode);
        Assert.Contains("\"code\":\"internal_error\"", text);
        Assert.Contains("\"requestId\":", text);
        Assert.DoesNotMatch(StackTrace, text);
        await Api.WaitForOutputAsync("System.Text.Json.JsonReaderException", Cancel);
    }

    [Fact]
    public async Task Slow_request_body_is_aborted()
    {
        var answer = await RawHttp.SendAsync(
            Api.Address,
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: {ApiFixture.Alice}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
            Cancel);

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task Large_body_or_header_is_refused()
    {
        using var body = await Api.Client.CompleteAsync(OpenAICalls.Body("demo", false, ("user", new string('x', 20 * 1024 * 1024))), Cancel);
        using var header = await Api.Client.SendAsync(HttpMethod.Get, "/v1/models", ApiFixture.Alice, Cancel, null, ("X-Large", new string('x', 64 * 1024)));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, body.StatusCode);
        Assert.Equal("body_too_large", (await body.ErrorAsync(Cancel)).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, header.StatusCode);
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    [GeneratedRegex(@"\bat [A-Z]\w+\.|Exception|System\.|\.cs:line")]
    private static partial Regex StackTrace { get; }
}
