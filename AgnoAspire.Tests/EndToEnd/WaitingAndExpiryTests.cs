using System.Net;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>The beginning and the end of a chat's life: its place in the queue, and its stream's expiry.</summary>
public sealed class WaitingAndExpiryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requested_queue_position_is_sent_in_events_without_id()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            settings["Worker__MaxConcurrentJobs"] = "1";
            settings["Models__fake__IdleTimeout"] = "00:01:00";
        });
        var api = cluster.Apis[0].Client;
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Default = FakeAnswers.Gated(gate, "done");
        using var busy = await api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        await cluster.Provider.NextAsync(Cancel);
        var body = (Dictionary<string, object>)ChatClient.Body(Cluster.FakeModel, stream: true);
        using var first = await api.PostAsync(body, Cancel);
        body["queue_position"] = true;
        using var second = await api.PostAsync(body, Cancel);

        var told = Assert.Single(await second.EventsAsync(Cancel, count: 1));
        gate.Release(3);
        using var rest = await api.ResumeAsync(second.StreamId(), null, Cancel);

        Assert.Null(told.Id);
        Assert.Equal(("", false), (told.Chunk.Content, told.Chunk.Done));
        Assert.Equal(1, JsonDocument.Parse(told.Data).RootElement.GetProperty("queue_position").GetInt64());
        (await rest.EventsAsync(Cancel)).AssertWhole();
        (await first.EventsAsync(Cancel)).AssertWhole();
    }

    [Fact]
    public async Task Expired_stream_is_410_and_later_404()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            settings["ChatJobs__StreamRetention"] = "00:00:01";
            settings["ChatJobs__ExpiredJobRetention"] = "00:00:04";
        });
        var api = cluster.Apis[0].Client;
        using var posted = await api.PostAsync(ChatClient.Body("demo", stream: false, maxTokens: 2), Cancel);

        var seen = new List<HttpStatusCode>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (seen.LastOrDefault() != HttpStatusCode.NotFound)
        {
            using var answer = await api.ResumeAsync(posted.StreamId(), 1, limit.Token);
            if (seen.LastOrDefault() != answer.StatusCode)
            {
                seen.Add(answer.StatusCode);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Gone, HttpStatusCode.NotFound], seen);
    }
}
