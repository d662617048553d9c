using System.Net;
using AgnoAspire.Tests.EndToEnd.OpenAIApi;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Tests.Integration.Telemetry;

namespace AgnoAspire.Tests.EndToEnd.Authentication;

/// <summary>What must be in no log, at the most talkative level, of real processes; and what pages of other origins may do once they are named.</summary>
public sealed class SecretRedactionTests
{
    private const string Prompt = "the-very-secret-prompt";
    private const string Answer = "the-very-secret-answer";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Secrets_and_contents_are_in_no_log_trace_metric_or_problem()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            // As talkative as it gets, also where a provider of logs or a category is named.
            foreach (var section in (string[])["", "Console__", "OpenTelemetry__"])
            {
                settings[$"Logging__{section}LogLevel__Default"] = "Trace";
                settings[$"Logging__{section}LogLevel__Microsoft.AspNetCore"] = "Trace";
                settings[$"Logging__{section}LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace";
            }

            settings["ASPNETCORE_ENVIRONMENT"] = "Production";
            settings["ChatApi__AllowAnonymous"] = "false";
            ApiFixture.Key(settings, 0, "alice", ApiFixture.Alice);
            foreach (var (name, value) in receiver.Settings)
            {
                settings[name] = value;
            }
        });
        var (token, problems) = await TalkAsync(cluster);
        await cluster.Apis[0].StopAsync();
        await cluster.Workers[0].StopAsync();

        var (api, worker) = (cluster.Apis[0].Output, cluster.Workers[0].Output);
        Assert.Contains("trce:", api);
        Assert.Contains("dbug:", worker);
        Assert.Contains("POST /v1/chat/completions", receiver.Of("traces"));
        Assert.Contains("run chat_jobs", receiver.Of("traces"));
        Assert.Contains("agno.jobs.ended", receiver.Of("metrics"));
        Assert.Contains("http.server.request.duration", receiver.Of("metrics"));
        Assert.Contains("agno.provider.circuit.open", receiver.Of("metrics"));
        Assert.Contains("finished: stop", receiver.Of("logs"));
        foreach (var (where, text) in ((string, string)[])
        [
            ("the API's log", api), ("the worker's log", worker), ("a problem", problems),
            ("a trace", receiver.Of("traces")), ("a metric", receiver.Of("metrics")), ("an exported log", receiver.Of("logs")),
        ])
        {
            foreach (var secret in (string[])[ApiFixture.Alice, "sk-test-secret", "sk-a-strangers-guess", token, Prompt, Answer])
            {
                var at = text.IndexOf(secret, StringComparison.Ordinal);
                Assert.True(at < 0, $"{secret} in {where}: {(at < 0 ? "" : text[Math.Max(0, at - 200)..at])}");
            }
        }

        // One line a request: who asked for what kind of thing, and how it ended.
        Assert.Matches("POST /v1/chat/completions: 200 after [0-9]+ ms for key:alice, request [0-9a-f]{32}\\.", api);
        Assert.Matches("GET /api/v1/chat/{id}/stream: 401 after [0-9]+ ms for anonymous, request [0-9a-f]{32}\\.", api);

        // A line that was sent is no line of the log.
        Assert.DoesNotContain(api.Split('\n').Concat(worker.Split('\n')), line => line.StartsWith("fail: forged", StringComparison.Ordinal));
    }

    // Answers, failures of every kind, refusals, watching by token: all that holds a secret, and some that hold forged lines.
    private static async Task<(string Token, string Problems)> TalkAsync(Cluster cluster)
    {
        cluster.Provider
            .Then(FakeAnswers.Text(Answer, " and more"))
            .Then(FakeAnswers.Status(401, $$$"""{"error":{"message":"Incorrect API key provided: sk-test-secret. {{{Answer}}}"}}"""))
            .Then(FakeAnswers.After(FakeAnswers.Raw("data: {\"choices\":7}\n\n"), Answer));
        var api = cluster.Apis[0].Client;
        var body = new { model = Cluster.FakeModel, stream = true, messages = new[] { new { role = "user", content = Prompt + "\r\nfail: forged" } } };
        using var streamed = await api.CompleteAsync(body, Cancel);
        var token = streamed.Headers.GetValues("X-Stream-Token").Single();
        var told = string.Concat((await streamed.EventsAsync(Cancel)).Select(item => item.Data));
        using var watched = await api.GetAsync($"/api/v1/chat/{streamed.StreamId()}/stream?token={token}", Cancel);
        using var forged = await api.GetAsync($"/api/v1/chat/{streamed.StreamId()}/stream?token={token}x", Cancel);
        using var refused = await api.CompleteAsync(body with { stream = false }, Cancel);
        using var malformed = await api.CompleteAsync(body with { stream = false }, Cancel);
        using var stranger = await api.CompleteAsync(body, Cancel, "sk-a-strangers-guess");
        using var unknown = await api.CompleteAsync(body with { model = "m\r\nfail: forged" }, Cancel);
        using var noId = await api.SendAsync(HttpMethod.Get, "/api/v1/chat/%0d%0afail:%20forged", ApiFixture.Alice, Cancel);
        using var tooLong = await api.SendAsync(HttpMethod.Post, ChatClient.Path, ApiFixture.Alice, Cancel, new { messages = Prompt, model = Prompt });

        Assert.Contains(Answer, told);
        Assert.Equal(HttpStatusCode.OK, watched.StatusCode);
        var problems = "";
        foreach (var problem in (HttpResponseMessage[])[forged, refused, malformed, stranger, unknown, noId, tooLong])
        {
            Assert.False(problem.IsSuccessStatusCode);
            problems += await problem.Content.ReadAsStringAsync(Cancel) + problem.Headers;
        }

        return (token, problems);
    }

    [Fact]
    public async Task Cors_allows_named_origins_only()
    {
        const string Origin = "https://app.example.com";
        string[] sent = ["authorization", "content-type", "idempotency-key", "last-event-id", "x-api-key", "x-request-id"];
        string[] read =
        [
            "Location", "X-Stream-Id", "X-Stream-Token", "X-Request-Id", "Retry-After", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
        ];
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings => settings["ChatApi__CorsOrigins__0"] = Origin);
        var api = cluster.Apis[0].Client;
        foreach (var (path, method) in ((string, string)[])
            [("/api/v1/chat", "POST"), ("/api/v1/chat/x", "DELETE"), ("/api/v1/chat/x/stream", "GET"), ("/v1/chat/completions", "POST"), ("/v1/models", "GET")])
        {
            using var preflight = await PreflightAsync(Origin, path, method);
            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.Equal(Origin, Header(preflight, "Access-Control-Allow-Origin"));
            Assert.Contains(method, Header(preflight, "Access-Control-Allow-Methods"));
            Assert.Superset(sent.ToHashSet(), Header(preflight, "Access-Control-Allow-Headers").Split(',').ToHashSet(StringComparer.OrdinalIgnoreCase));
        }

        // What succeeds, what fails, and the client module.
        foreach (var path in (string[])["/v1/models", "/api/v1/chat/x", "/agno-chat.js"])
        {
            using var named = await api.SendAsync(HttpMethod.Get, path, null, Cancel, null, ("Origin", Origin));
            Assert.Equal(Origin, Header(named, "Access-Control-Allow-Origin"));
            Assert.Superset(read.ToHashSet(), Header(named, "Access-Control-Expose-Headers").Split(',').ToHashSet());
            Assert.False(named.Headers.Contains("Access-Control-Allow-Credentials"));
        }

        foreach (var stranger in (string[])["https://app.example.com.evil.example", "http://app.example.com", "https://app.example.com:444", "null"])
        {
            using var other = await api.SendAsync(HttpMethod.Get, "/v1/models", null, Cancel, null, ("Origin", stranger));
            using var preflight = await PreflightAsync(stranger, "/api/v1/chat", "POST");
            Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.False(preflight.Headers.Contains("Access-Control-Allow-Origin"));
        }

        Task<HttpResponseMessage> PreflightAsync(string origin, string path, string method) => api.SendAsync(
            HttpMethod.Options, path, null, Cancel, null, ("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", string.Join(',', sent)));
    }

    private static string Header(HttpResponseMessage response, string name) => string.Join(',', response.Headers.GetValues(name));

    [Fact]
    public async Task Startup_without_keys_fails_outside_Development()
    {
        await using var cluster = await Cluster.StartAsync(apis: 0, workers: 0);
        await using var process = AppProcess.Create("AgnoAspire.ApiService", new Dictionary<string, string>
        {
            ["ConnectionStrings__redis"] = cluster.ConnectionString,
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
        });

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => process.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("ChatApi:ApiKeys:0:Sha256", failure.Message);
    }
}
