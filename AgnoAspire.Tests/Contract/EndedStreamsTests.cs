using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace AgnoAspire.Tests.Contract;

/// <summary>A worker keeps the chunks of an ended stream until Redis cannot lose them any more.</summary>
public sealed class EndedStreamsTests(RedisFixture server) : ServerContract(server), IClassFixture<RedisFixture>
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Lost_end_of_a_stream_is_appended_again()
    {
        using var ended = Create(One);
        var (id, before) = await EndAsync(One, ended);
        var whole = await ContentsAsync(id);
        await RestoreAsync(id, before);
        Assert.Equal(["one "], await ContentsAsync(id));
        Assert.Equal(JobStatus.Running, (await One.Jobs.ReadAsync(id))!.Status);

        await ended.CheckAsync(TimeSpan.Zero);

        Assert.Equal(["one ", "two ", ""], whole);
        Assert.Equal(whole, await ContentsAsync(id));
        Assert.Equal(JobStatus.Completed, (await One.Jobs.ReadAsync(id))!.Status);
    }

    [Fact]
    public async Task Restored_stream_is_kept_and_restored_again()
    {
        using var ended = Create(One);
        var (id, before) = await EndAsync(One, ended);

        for (var i = 0; i < 2; i++)
        {
            await RestoreAsync(id, before);
            await ended.CheckAsync(TimeSpan.Zero);
            Assert.Equal(3, (await ContentsAsync(id)).Length);
        }
    }

    [Fact]
    public async Task Checked_stream_is_forgotten_after_its_time()
    {
        using var ended = Create(One);
        var (id, before) = await EndAsync(One, ended);

        time.Advance(EndedStreams.HoldTime / 2);
        await ended.CheckAsync(EndedStreams.HoldTime);
        await RestoreAsync(id, before);
        time.Advance(EndedStreams.HoldTime);
        await ended.CheckAsync(EndedStreams.HoldTime);
        Assert.Equal(3, (await ContentsAsync(id)).Length);

        time.Advance(EndedStreams.HoldTime);
        await ended.CheckAsync(EndedStreams.HoldTime);
        await RestoreAsync(id, before);
        time.Advance(EndedStreams.HoldTime);
        await ended.CheckAsync(EndedStreams.HoldTime);
        Assert.Equal(["one "], await ContentsAsync(id));
    }

    [Fact]
    public async Task Lost_job_comes_back_with_its_stream_and_without_its_request()
    {
        using var ended = Create(One);
        var (id, _) = await EndAsync(One, ended);
        var keys = One.Get<RedisKeys>();
        var before = (await One.Jobs.ReadAsync(id))!;
        await Database.KeyDeleteAsync([keys.Job(id), keys.Chunks(id)]);

        await ended.CheckAsync(TimeSpan.Zero);

        var after = (await One.Jobs.ReadAsync(id))!;
        Assert.Equal(3, (await ContentsAsync(id)).Length);
        Assert.Equal((before.Owner, before.Model, before.Status, before.ChunkCount), (after.Owner, after.Model, after.Status, after.ChunkCount));
        Assert.Equal(before.Secret.ToArray(), after.Secret.ToArray());
        Assert.False(await Database.HashExistsAsync(keys.Job(id), "request"));
        Assert.InRange((await Database.KeyTimeToLiveAsync(keys.Job(id)))!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromDays(2));
    }

    [Fact]
    public async Task Stream_is_kept_until_a_replica_has_it()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var replica = RedisServer.Create(null, null, "--replicaof", "127.0.0.1", $"{primary.Address.Port}");
        await replica.StartAsync(Cancel);
        await using var host = await ChatJobsHost.StartAsync(primary.Address.Authority, ChatJobsHost.NewPrefix());
        await using var barrier = CreateBarrier(host);
        var id = await host.EnqueueAsync();
        await EventuallyAsync(() => barrier.PassAsync([id]), passed => passed.Contains(id));

        replica.Suspend();
        Assert.Empty(await barrier.PassAsync([id]));
        replica.Resume();
        Assert.Equal([id], await barrier.PassAsync([id]));
    }

    [Fact]
    public async Task Barrier_lets_pass_where_there_is_no_replica()
    {
        await using var barrier = CreateBarrier(One);

        Assert.Equal(["a", "b"], await barrier.PassAsync(["a", "b"]));
    }

    private static ReplicationBarrier CreateBarrier(ChatJobsHost host) =>
        new(host.Get<Microsoft.Extensions.Configuration.IConfiguration>(), host.Get<RedisKeys>(), host.Get<RedisConnection>());

    private EndedStreams Create(ChatJobsHost host) =>
        new(host.Get<ReplicationBarrier>(), host.Get<RateLimits>(), time, NullLogger<EndedStreams>.Instance);

    // Runs a job to its end; what Redis had in the middle of it is returned.
    private async Task<(string Id, Dictionary<RedisKey, byte[]> Before)> EndAsync(ChatJobsHost host, EndedStreams ended)
    {
        var id = await host.EnqueueAsync();
        var job = await host.ClaimAndBeginAsync();
        await using var writer = host.Log.OpenWriter(job, []);
        await writer.WriteAsync("one ", Cancel);
        await writer.FlushAsync();
        var before = new Dictionary<RedisKey, byte[]>();
        foreach (var key in new[] { host.Get<RedisKeys>().Job(id), host.Get<RedisKeys>().Chunks(id) })
        {
            before[key] = (await Database.KeyDumpAsync(key))!;
        }

        await writer.WriteAsync("two ", Cancel);
        Assert.Equal(WriterStatus.Active, await writer.CompleteAsync(FinishReason.Stop, new Usage(1, 2, 3), null));
        ended.Add(writer.Ended!);
        return (id, before);
    }

    private async Task RestoreAsync(string id, Dictionary<RedisKey, byte[]> before)
    {
        Assert.All(before.Keys, key => Assert.Contains(id, key.ToString(), StringComparison.Ordinal));
        foreach (var (key, value) in before)
        {
            await Database.KeyDeleteAsync(key);
            await Database.KeyRestoreAsync(key, value, TimeSpan.FromMinutes(1));
        }
    }
}
