using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>A replica of Redis becomes the primary under live streams.</summary>
public sealed class RedisFailoverTests
{
    private const int Streams = 8;
    private const int WordsPerPhase = 20;
    private static readonly string[] Words = [.. Enumerable.Range(0, 4 * WordsPerPhase).Select(i => $"word{i.ToString(CultureInfo.InvariantCulture)} ")];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Promotion_and_loss_of_the_primary_lose_no_chunk()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        await using var redis = await RedisFailoverSet.StartAsync("everysec", Cancel);
        await using var cluster = await Cluster.StartAsync(
            apis: 2, workers: 2, configure: settings => settings["Models__fake__IdleTimeout"] = "00:01:00", connectionString: redis.ConnectionString);
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Default = FakeAnswers.Gated(gate, Words);
        var posts = await Task.WhenAll(Enumerable.Range(0, Streams).Select(i =>
            cluster.Apis[i % 2].Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel)));
        var reading = Task.WhenAll(posts.Select(post => post.EventsAsync(Cancel)));

        foreach (var disturb in new Func<CancellationToken, Task<TimeSpan>>[] { redis.PromoteAsync, redis.KillPrimaryAsync, redis.PromoteAsync })
        {
            gate.Release(Streams * WordsPerPhase / 2);
            var disturbing = disturb(Cancel);
            gate.Release(Streams * WordsPerPhase / 2);
            await disturbing;
        }

        gate.Release(Streams * WordsPerPhase);
        Assert.All(await reading, events =>
        {
            Assert.Equal(FinishReason.Stop, events.AssertWhole().FinishReason);
            Assert.Equal(string.Concat(Words), events.Text());
        });
        foreach (var post in posts)
        {
            using var again = await cluster.Apis[0].Client.ResumeAsync(post.StreamId(), null, Cancel);
            Assert.Equal(string.Concat(Words), (await again.EventsAsync(Cancel)).Text());
        }
    }
}
