using AgnoAspire.ApiService;
using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Benchmarks.Micro;

/// <summary>
/// One chunk appended to the log of a Redis on this machine, published, and written to every viewer's response by the relay as the API runs it,
/// only that the responses lead nowhere. What a further viewer adds is the difference between two rows divided by the difference of their viewers.
/// </summary>
public class RelayFanOut
{
    private readonly CancellationTokenSource leaving = new();
    private readonly SemaphoreSlim all = new(0);
    private ServerProcess redis = null!;
    private ChatJobsHost host = null!;
    private ClaimedJob job = null!;
    private Task[] relaying = [];
    private byte[] chunk = [];
    private long sequence;
    private int left;

    [Params(0, 1, 100, 1000)]
    public int Viewers { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        redis = await RedisServer.StartAsync();
        host = await ChatJobsHost.StartAsync(redis.Address.Authority, "micro");
        await host.EnqueueAsync();
        job = await host.ClaimAndBeginAsync();
        using var encoder = new ChunkEncoder("bench");
        chunk = encoder.Text("Once upon a time ");
        var relay = new SseRelay(TimeProvider.System, Options.Create(new ChatApiOptions()));
        left = int.MaxValue;
        relaying = await Task.WhenAll(Enumerable.Range(0, Viewers).Select(_ => WatchAsync(relay)));
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await leaving.CancelAsync();
        await Task.WhenAll(relaying);
        await host.DisposeAsync();
        await redis.DisposeAsync();
        leaving.Dispose();
        all.Dispose();
    }

    [Benchmark]
    public async Task Append_and_relay()
    {
        Volatile.Write(ref left, Viewers);
        await host.Log.AppendAsync(job.Claim, ++sequence, chunk, AppendKind.Chunk);
        await (Viewers > 0 ? all.WaitAsync() : Task.CompletedTask);
    }

    private async Task<Task> WatchAsync(SseRelay relay)
    {
        var id = job.Claim.JobId;
        var viewer = await host.Relay.WatchAsync(id, after: 0, TimeSpan.FromHours(1), leaving.Token);
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new DiscardingBody(new DiscardingWriter(Count)));
        return RelayAsync(relay, context, id, viewer);
    }

    private static async Task RelayAsync(SseRelay relay, HttpContext context, string id, Viewer viewer)
    {
        await relay.RelayAsync(context, viewer, new ChatChunkFormatter(id, "bench"));
        await viewer.DisposeAsync();
    }

    private void Count()
    {
        if (Interlocked.Decrement(ref left) == 0)
        {
            all.Release();
        }
    }
}
