using System.Net;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>A browser's <c>EventSource</c> stops for good after an error status, so an outage of Redis must not be one.</summary>
public sealed class EventSourceOutageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/v1/chat", "")]
    [InlineData("/v1/chat/completions", "chatcmpl-")]
    public async Task EventSource_is_held_without_event_during_an_outage_and_resumes_after_it(string path, string prefix)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, appendFsync: "always");
        var api = cluster.Apis[0].Client;
        using var posted = await api.PostAsync(ChatClient.Body("demo", stream: true, maxTokens: 5), Cancel);
        var token = posted.Headers.GetValues("X-Stream-Token").Single();
        await posted.EventsAsync(Cancel);
        var url = $"{path}/{prefix}{posted.StreamId()}/stream";
        await cluster.Redis!.KillAsync();

        using (var plain = await SendAsync(api, url, accept: null))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, plain.StatusCode);
        }

        using var held = await SendAsync(api, $"{url}?token={token}", "text/event-stream");
        using var forged = await SendAsync(api, $"{url}?token={token[..^4]}AAAA", "text/event-stream");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (held.StatusCode, forged.StatusCode));
        Assert.Equal("text/event-stream", held.Content.Headers.ContentType?.MediaType);
        await cluster.Redis.StartAsync(Cancel);

        foreach (var response in new[] { held, forged })
        {
            var text = await response.Content.ReadAsStringAsync(Cancel);
            Assert.StartsWith("retry: 2000\n: keep-alive\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain("data", text, StringComparison.Ordinal);
        }

        using var resumed = await SendAsync(api, $"{url}?token={token}", "text/event-stream");
        Assert.Contains("data", await resumed.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var unknown = await SendAsync(api, $"{path}/{prefix}0123456789abcdef0123456789abcdef/stream", "text/event-stream");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string url, string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }
}
