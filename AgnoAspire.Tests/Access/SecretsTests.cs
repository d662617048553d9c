using System.Net;
using AgnoAspire.Tests.Fakes;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Tests.OpenAIFace;

namespace AgnoAspire.Tests.Access;

/// <summary>What must be in no log, at the most talkative level, of real processes; and what pages of other origins may do once they are named.</summary>
public sealed class SecretsTests
{
    private const string Prompt = "the-very-secret-prompt";
    private const string Answer = "the-very-secret-answer";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_key_token_prompt_or_answer_is_logged_at_any_level_or_told_in_a_problem()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            settings["Logging__LogLevel__Default"] = "Trace";
            settings["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace";
            settings["ASPNETCORE_ENVIRONMENT"] = "Production";
            settings["ChatApi__CorsOrigins__0"] = "https://app.example.com";
            FaceFixture.Key(settings, 0, "alice", FaceFixture.Alice);
        });
        cluster.Provider
            .Then(FakeAnswers.Text(Answer, " and more"))
            .Then(FakeAnswers.Status(401, $$$"""{"error":{"message":"Incorrect API key provided: sk-test-secret. {{{Answer}}}"}}"""))
            .Then(FakeAnswers.After(FakeAnswers.Raw("data: {\"choices\":7}\n\n"), Answer));
        var api = cluster.Apis[0].Client;
        var body = new { model = Cluster.FakeModel, stream = true, messages = new[] { new { role = "user", content = Prompt } } };
        using var streamed = await api.CompleteAsync(body, Cancel);
        var token = streamed.Headers.GetValues("X-Stream-Token").Single();
        var told = string.Concat((await streamed.EventsAsync(Cancel)).Select(item => item.Data));
        using var watched = await api.GetAsync($"/api/v1/chat/{streamed.StreamId()}/stream?token={token}", Cancel);
        using var refused = await api.CompleteAsync(body with { stream = false }, Cancel);
        using var malformed = await api.CompleteAsync(body with { stream = false }, Cancel);
        using var stranger = await api.CompleteAsync(body, Cancel, "sk-a-strangers-guess");
        var problems = await refused.Content.ReadAsStringAsync(Cancel) + await malformed.Content.ReadAsStringAsync(Cancel) + await stranger.Content.ReadAsStringAsync(Cancel);

        Assert.Contains(Answer, told);
        Assert.Equal(HttpStatusCode.OK, watched.StatusCode);
        Assert.False(refused.IsSuccessStatusCode || malformed.IsSuccessStatusCode || stranger.IsSuccessStatusCode);
        await cluster.Apis[0].StopAsync();
        await cluster.Workers[0].StopAsync();
        foreach (var output in (string[])[cluster.Apis[0].Output, cluster.Workers[0].Output])
        {
            Assert.Contains("dbug:", output);
            foreach (var secret in (string[])[FaceFixture.Alice, "sk-test-secret", "sk-a-strangers-guess", token, Prompt, Answer])
            {
                Assert.False(output.Contains(secret, StringComparison.Ordinal), output.Split('\n').FirstOrDefault(line => line.Contains(secret, StringComparison.Ordinal)));
                Assert.DoesNotContain(secret, problems);
            }
        }
    }

    [Fact]
    public async Task A_page_of_a_named_origin_may_call_and_read_what_it_needs()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings => settings["ChatApi__CorsOrigins__0"] = "https://app.example.com");
        var api = cluster.Apis[0].Client;
        using var preflight = await api.SendAsync(
            HttpMethod.Options, "/api/v1/chat", null, Cancel, null, ("Origin", "https://app.example.com"),
            ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type"));
        using var named = await api.SendAsync(HttpMethod.Get, "/v1/models", null, Cancel, null, ("Origin", "https://app.example.com"));
        using var other = await api.SendAsync(HttpMethod.Get, "/v1/models", null, Cancel, null, ("Origin", "https://app.example.com.evil.example"));

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal("https://app.example.com", preflight.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("https://app.example.com", named.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("X-Stream-Token", string.Join(',', named.Headers.GetValues("Access-Control-Expose-Headers")));
        Assert.False(named.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Without_any_key_a_service_outside_Development_does_not_start_and_says_what_to_set()
    {
        await using var cluster = await Cluster.StartAsync(apis: 0, workers: 0);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => AppProcess.StartAsync("AgnoAspire.ApiService", new Dictionary<string, string>
        {
            ["ConnectionStrings__redis"] = cluster.ConnectionString,
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
        }));
        Assert.Contains("ChatApi:ApiKeys:0:Sha256", failure.Message);
    }
}
