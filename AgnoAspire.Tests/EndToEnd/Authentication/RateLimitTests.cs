using System.Net;
using AgnoAspire.Tests.EndToEnd.OpenAIApi;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Authentication;

/// <summary>Limits that two replicas share, on real processes.</summary>
[Collection(ApiCollection.Name)]
public sealed class RateLimitTests(ApiFixture fixture)
{
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_limit_is_shared_by_replicas()
    {
        var body = OpenAICalls.Body("fake-text");
        for (var i = 1; i <= 60; i++)
        {
            using var response = await (i % 2 == 0 ? fixture.One : fixture.Two).CompleteAsync(body, Cancel, ApiFixture.Sixty);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("60", Header(response, "x-ratelimit-limit-requests"));
            Assert.Equal($"{60 - i}", Header(response, "x-ratelimit-remaining-requests"));
        }

        foreach (var api in (HttpClient[])[fixture.One, fixture.Two])
        {
            using var refused = await api.CompleteAsync(body, Cancel, ApiFixture.Sixty);
            using var native = await api.SendAsync(HttpMethod.Post, ChatClient.Path, ApiFixture.Sixty, Cancel, ChatClient.Body("demo", stream: true));
            using var others = await api.CompleteAsync(body, Cancel, ApiFixture.Bob);

            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(HttpStatusCode.TooManyRequests, native.StatusCode);
            Assert.Equal(HttpStatusCode.OK, others.StatusCode);
            Assert.False(others.Headers.Contains("x-ratelimit-limit-requests"));
            Assert.Equal("rate_limit_exceeded", (await refused.ErrorAsync(Cancel)).GetProperty("code").GetString());
            Assert.Equal("rate_limit_exceeded", (await native.JsonAsync(Cancel)).GetProperty("code").GetString());
            Assert.Equal("0", Header(refused, "x-ratelimit-remaining-requests"));
            Assert.EndsWith("ms", Header(refused, "x-ratelimit-reset-requests"));
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(61));
        }
    }

    [Fact]
    public async Task Tokens_are_reserved_settled_and_released_on_cancel()
    {
        // Reserved: prompt and max_tokens, nearly all there is.
        using var big = await fixture.One.CompleteAsync(OpenAICalls.Body("fake-slow", true, ("max_tokens", ApiFixture.FrugalTokens - 200)), Cancel, ApiFixture.Frugal);
        using var refused = await fixture.Two.CompleteAsync(OpenAICalls.Body("fake-text", false, ("max_tokens", 1000)), Cancel, ApiFixture.Frugal);
        Assert.InRange(Remaining(big), 0, 200);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);

        using var cancelled = await fixture.Two.SendAsync(HttpMethod.Delete, $"/api/v1/chat/{big.StreamId()}", ApiFixture.Frugal, Cancel);
        await big.EventsAsync(Cancel);
        using var limit = new CancellationTokenSource(SettleLimit, TimeProvider.System);
        using var after = await AdmittedAsync(limit.Token);
        await after.JsonAsync(Cancel);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);

        // Settled: ten tokens in place of a thousand, and what the cancelled one had already cost.
        using var next = await AdmittedAsync(limit.Token, least: ApiFixture.FrugalTokens - 1500);
        await next.JsonAsync(Cancel);
    }

    // The settling follows the end of the stream, so the first answer after it may come too early.
    private async Task<HttpResponseMessage> AdmittedAsync(CancellationToken cancellationToken, int least = 0)
    {
        while (true)
        {
            var response = await fixture.Two.CompleteAsync(OpenAICalls.Body("fake-text", false, ("max_tokens", 1000)), cancellationToken, ApiFixture.Frugal);
            if (response.StatusCode == HttpStatusCode.OK && Remaining(response) >= least)
            {
                return response;
            }

            response.Dispose();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private static long Remaining(HttpResponseMessage response) => long.Parse(Header(response, "x-ratelimit-remaining-tokens"), CultureInfo.InvariantCulture);

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
