using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Contract;

/// <summary>Tests that measure this process, so nothing else may run in it meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NonParallelCollection
{
    public const string Name = "not parallel";
}

/// <summary>What viewers that do not read cost: their place in the sequence, and one window of the stream for all of them.</summary>
[Collection(NonParallelCollection.Name)]
public sealed class ViewerMemoryTests(RedisFixture server) : IClassFixture<RedisFixture>
{
    private const int Viewers = 500;
    private const int Chunks = 2000;
    private const int ChunkLength = 10_000;

    // The window holds 256 KiB; the rest is room for what else lives in this process. The stream itself has 20 MB.
    private const long Bound = 4_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopped_viewers_share_one_buffer()
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "no redis-server on this machine");
        var prefix = ChatJobsHost.NewPrefix();
        await using var api = await ChatJobsHost.StartAsync(server.ConnectionString, prefix);
        await using var worker = await ChatJobsHost.StartAsync(server.ConnectionString, prefix);
        var id = await api.EnqueueAsync();
        var job = await worker.ClaimAndBeginAsync();
        var viewers = await Task.WhenAll(Enumerable.Range(0, Viewers).Select(_ => api.Relay.WatchAsync(id, 0, TimeSpan.FromMinutes(1), Cancel)));
        await WriteAsync(worker, job, 0, 50);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await WriteAsync(worker, job, 50, Chunks);
        await using var quick = await api.Relay.WatchAsync(id, Chunks - 1, TimeSpan.FromMinutes(1), Cancel);
        await quick.ReadAsync(new SequencedChunk[1]);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.InRange(grown, long.MinValue, Bound);
        foreach (var viewer in viewers.Take(2))
        {
            Assert.Equal(Enumerable.Range(1, Chunks).Select(i => (long)i), await SequencesAsync(viewer));
        }

        foreach (var viewer in viewers)
        {
            await viewer.DisposeAsync();
        }
    }

    // Straight into the log: a writer would keep its chunks to be able to append them again.
    private static async Task WriteAsync(ChatJobsHost worker, ClaimedJob job, int from, int to)
    {
        using var encoder = new ChunkEncoder("demo");
        for (var i = from; i < to; i++)
        {
            await worker.Log.AppendAsync(job.Claim, i + 1, encoder.Text(new string('x', ChunkLength)), AppendKind.Chunk);
        }
    }

    private static async Task<List<long>> SequencesAsync(Viewer viewer)
    {
        var sequences = new List<long>();
        var batch = new SequencedChunk[64];
        while (sequences.Count < Chunks)
        {
            var (read, count) = await viewer.ReadAsync(batch);
            Assert.Equal(ReadStatus.Chunks, read);
            sequences.AddRange(batch[..count].Select(chunk => chunk.Sequence));
        }

        return sequences;
    }
}
