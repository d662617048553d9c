using System.Net;
using System.Net.Http.Json;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>Every process is replaced, one after another, under live streams.</summary>
public sealed class RollingRestartTests
{
    private const int Streams = 200;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // With the default policy, Fail, an answer that a worker does not finish ends as worker_lost. The other row stops workers in mid-answer.
    [Theory]
    [InlineData("Fail", null)]
    [InlineData("Replay", "00:00:01")]
    public async Task Rolling_restart_breaks_no_stream(string continuation, string? drainTimeout)
    {
        await using var cluster = await Cluster.StartAsync(apis: 2, workers: 2, configure: settings =>
        {
            settings["ChatApi__ShutdownDrainTimeout"] = "00:00:01";
            settings["Worker__ShutdownDrainTimeout"] = drainTimeout ?? "";
            settings["Models__demo__Provider"] = "demo";
            settings["Models__demo__Continuation"] = continuation;
            settings["Worker__MaxConcurrentJobs"] = "200";
        });
        var addresses = cluster.Apis.Select(api => api.Address).ToArray();
        using var client = new HttpClient();
        using var whole = await client.PostAsync(new Uri(addresses[0], ChatClient.Path), JsonContentOf(stream: false), Cancel);
        var expected = (await whole.JsonAsync(Cancel)).GetProperty("content").GetString()!;

        var streams = Enumerable.Range(0, Streams).Select(i => FollowAsync(client, addresses, i)).ToArray();
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(0, await cluster.Apis[i].StopAsync());
            await cluster.AddApiAsync(addresses[i].Port);
            await cluster.AddWorkerAsync();
            Assert.Equal(0, await cluster.Workers[i].StopAsync());
        }

        Assert.All(await Task.WhenAll(streams), text => Assert.Equal(expected, text));
    }

    private static JsonContent JsonContentOf(bool stream) =>
        JsonContent.Create(ChatClient.Body("demo", stream, onDisconnect: "continue"));

    // What any resuming client does: POST until it is taken, then read, and go on at the other replica when the stream is cut.
    private static async Task<string> FollowAsync(HttpClient client, Uri[] addresses, int turn)
    {
        var events = new List<SseEvent>();
        var response = await TryAsync(addresses, turn, address => new HttpRequestMessage(HttpMethod.Post, new Uri(address, ChatClient.Path)) { Content = JsonContentOf(stream: true) }, client);
        var id = response.StreamId();
        while (true)
        {
            try
            {
                using var reader = new SseReader(await response.Content.ReadAsStreamAsync(Cancel));
                await foreach (var item in reader.ReadAsync(Cancel))
                {
                    events.Add(item);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                // The stream was cut.
            }

            response.Dispose();
            if (events.Count > 0 && events[^1].Chunk.Done)
            {
                events.AssertWhole();
                return events.Text();
            }

            response = await TryAsync(
                addresses,
                ++turn,
                address =>
                {
                    var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, $"{ChatClient.Path}/{id}/stream"));
                    request.Headers.Add("Last-Event-ID", $"{events.Count}");
                    return request;
                },
                client);
        }
    }

    // A refusal of any other kind than 503, or no answer within the limit, is a failure.
    private static async Task<HttpResponseMessage> TryAsync(Uri[] addresses, int turn, Func<Uri, HttpRequestMessage> request, HttpClient client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var message = request(addresses[turn++ % addresses.Length]);
                var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return response;
                }

                Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
                response.Dispose();
            }
            catch (HttpRequestException)
            {
                // Nothing listens there at the moment.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }
}
