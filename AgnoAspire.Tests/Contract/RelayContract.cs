using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Contract;

/// <summary>What the relay promises to viewers.</summary>
public abstract class RelayContract(ServerFixture server) : ServerContract(server)
{
    [Fact]
    public async Task Viewers_of_all_processes_get_every_chunk_once_in_order()
    {
        var two = await StartAsync();
        var id = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await using var early = await One.Relay.WatchAsync(id, 0, Limit, Cancel);
        await using var elsewhere = await two.Relay.WatchAsync(id, 0, Limit, Cancel);
        var reading = Task.WhenAll(ReadToEndAsync(early), ReadToEndAsync(elsewhere));

        await using var writer = One.Log.OpenWriter(job, []);
        for (var i = 0; i < 2000; i++)
        {
            await writer.WriteAsync($"{i} ", Cancel);
        }

        await writer.CompleteAsync(FinishReason.Stop, null, null);
        await using var late = await two.Relay.WatchAsync(id, 1, Limit, Cancel);
        var all = await reading.WaitAsync(Limit, TimeProvider.System, Cancel);
        var rest = await ReadToEndAsync(late);

        Assert.Equal(string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i} ")), string.Concat(all[0].Select(Content)));
        Assert.Equal(Enumerable.Range(1, all[0].Count).Select(i => (long)i), all[0].Select(chunk => chunk.Sequence));
        Assert.Equal(all[0].Select(Content), all[1].Select(Content));
        Assert.Equal(all[0].Skip(1).Select(Content), rest.Select(Content));
    }

    [Fact]
    public async Task Viewer_that_leaves_early_leaves_no_subscription()
    {
        var id = await One.EnqueueAsync();
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => One.Relay.WatchAsync(id, 0, Limit, gone.Token));
        await (await One.Relay.WatchAsync(id, 0, Limit, Cancel)).DisposeAsync();

        var redis = One.Get<StackExchange.Redis.IConnectionMultiplexer>().GetServers()[0];
        await EventuallyAsync(() => redis.SubscriptionSubscriberCountAsync(One.Get<RedisKeys>().Live(id)), count => count == 0);
        Assert.Equal(0, One.Relay.StreamCount);
    }

    [Fact]
    public async Task Ended_stream_has_no_viewer_set()
    {
        var id = await One.EnqueueAsync();
        var job = await One.ClaimAndBeginAsync();
        await using var early = await One.Relay.WatchAsync(id, 0, Limit, Cancel);
        var database = Database;
        Assert.True(await database.KeyExistsAsync(One.Get<RedisKeys>().Viewers(id)));

        await using var writer = One.Log.OpenWriter(job, []);
        await writer.CompleteAsync(FinishReason.Stop, null, null);
        await using var late = await (await StartAsync()).Relay.WatchAsync(id, 0, Limit, Cancel);

        Assert.Single(await ReadToEndAsync(late));
        Assert.False(await database.KeyExistsAsync(One.Get<RedisKeys>().Viewers(id)));
    }
}

public sealed class RelayOnGarnetTests(EmbeddedFixture server) : RelayContract(server), IClassFixture<EmbeddedFixture>;

public sealed class RelayOnRedisTests(RedisFixture server) : RelayContract(server), IClassFixture<RedisFixture>;
