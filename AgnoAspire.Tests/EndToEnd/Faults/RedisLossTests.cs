using System.Net;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>Redis, or the way to it, breaks under live streams.</summary>
public sealed class RedisLossTests
{
    private static readonly string[] Words = [.. Enumerable.Range(0, 60).Select(i => $"word{i.ToString(CultureInfo.InvariantCulture)} ")];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Redis_outage_of_ten_seconds_loses_no_chunk()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var cluster = await Cluster.StartAsync(apis: 2, workers: 2, configure: Patient, appendFsync: "everysec");
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Default = FakeAnswers.Gated(gate, Words);
        var posts = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => cluster.Apis[i % 2].Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel)));
        var reading = Task.WhenAll(posts.Select(post => post.EventsAsync(Cancel)));
        gate.Release(40);
        await cluster.Apis[0].Client.GetAsync("/alive", Cancel);

        await cluster.Redis!.KillAsync();
        gate.Release(40);
        using (var refused = await cluster.Apis[0].Client.PostAsync(ChatClient.Body("demo", stream: true), Cancel))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        // Not a wait for something: the outage itself is what is tested.
        await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, Cancel);
        await cluster.Redis.StartAsync(TestContext.Current.CancellationToken);
        gate.Release(Words.Length * 4);
        var streams = await reading;

        foreach (var events in streams)
        {
            Assert.Equal(FinishReason.Stop, events.AssertWhole().FinishReason);
            Assert.Equal(string.Concat(Words), events.Text());
        }
    }

    [Fact]
    public async Task Killed_subscriptions_lose_no_chunk()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: Patient);
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Default = FakeAnswers.Gated(gate, Words);
        using var response = await cluster.Apis[0].Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        var reading = response.EventsAsync(Cancel);
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{cluster.ConnectionString},allowAdmin=true");

        for (var i = 0; i < Words.Length; i++)
        {
            if (i % 12 == 5)
            {
                await redis.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            }

            gate.Release();
            await LengthAsync(redis, cluster, response.StreamId(), i + 1);
        }

        var events = await reading;
        events.AssertWhole();
        Assert.Equal(string.Concat(Words), events.Text());
    }

    [Fact]
    public async Task Running_stream_survives_the_loss_of_all_data()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var cluster = await Cluster.StartAsync(apis: 2, workers: 1, configure: Patient);
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Default = FakeAnswers.Gated(gate, Words);
        using var response = await cluster.Apis[0].Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        gate.Release(20);
        using (var watching = await cluster.Apis[1].Client.ResumeAsync(response.StreamId(), null, Cancel))
        {
            await watching.EventsAsync(Cancel, count: 1);
        }

        await cluster.Redis!.KillAsync();
        await cluster.Redis.StartAsync(Cancel);
        gate.Release(Words.Length);
        var events = await response.EventsAsync(Cancel);
        using var again = await cluster.Apis[1].Client.ResumeAsync(response.StreamId(), null, Cancel);

        Assert.Equal(FinishReason.Stop, events.AssertWhole().FinishReason);
        Assert.Equal(string.Concat(Words), events.Text());
        Assert.Equal(string.Concat(Words), (await again.EventsAsync(Cancel)).Text());
    }

    [Fact]
    public async Task Stream_whose_data_and_worker_are_lost_ends_with_an_error_code()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            Patient(settings);
            settings["ChatJobs__LeaseDuration"] = "00:00:03";
        });
        cluster.Provider.Default = FakeAnswers.After(FakeAnswers.Stall(), "some ");
        using var response = await cluster.Apis[0].Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        using (var watching = await cluster.Apis[0].Client.ResumeAsync(response.StreamId(), null, Cancel))
        {
            await watching.EventsAsync(Cancel, count: 1);
        }

        await cluster.Workers[0].KillAsync();
        await cluster.Redis!.KillAsync();
        await cluster.Redis.StartAsync(TestContext.Current.CancellationToken);
        var events = await response.EventsAsync(Cancel);

        Assert.Equal("some ", events.Text());
        Assert.Equal(ErrorCode.StreamLost, events[^1].Chunk.Error!.Code);
    }

    private static void Patient(Dictionary<string, string> settings) => settings["Models__fake__IdleTimeout"] = "00:01:00";

    private static async Task LengthAsync(ConnectionMultiplexer redis, Cluster cluster, string id, int atLeast)
    {
        // Pieces may share a chunk, so the text tells what has arrived.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            var chunks = await redis.GetDatabase().ListRangeAsync($"{cluster.KeyPrefix}:v1:{{job:{id}}}:chunks");
            if (string.Concat(chunks.Select(chunk => ChatChunk.Parse((byte[])chunk!).Content)).Split(' ').Length > atLeast)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }
}
