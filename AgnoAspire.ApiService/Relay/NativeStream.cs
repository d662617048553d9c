using System.Buffers;
using System.Text.Json;
using AgnoAspire.ApiService.NativeFace;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.ApiService.Relay;

/// <summary>Relays one stream to one client: whatever is ready goes out in one flush, and a silence becomes a heartbeat.</summary>
internal sealed class NativeStream(JobQueue queue, TimeProvider time, IOptions<ChatApiOptions> options)
{
    private const int BatchSize = 64;
    private static readonly TimeSpan PositionInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often a viewer has to come back when nothing is said: for its heartbeat, or to look at the queue.</summary>
    public TimeSpan QuietTime(bool tellsPosition) =>
        tellsPosition && PositionInterval < options.Value.HeartbeatInterval ? PositionInterval : options.Value.HeartbeatInterval;

    public async Task RelayAsync(HttpContext context, string jobId, string model, Viewer viewer, bool tellsPosition)
    {
        Begin(context, jobId);
        var events = new EventWriter(context.Response.BodyWriter);
        events.Retry(options.Value.ReconnectDelay);
        var place = tellsPosition ? new Place(jobId, model) : null;
        var batch = ArrayPool<LoggedChunk>.Shared.Rent(BatchSize);
        try
        {
            await TellPositionAsync(events, place);
            var written = time.GetTimestamp();
            await FlushAsync(context);
            while (true)
            {
                var (read, count) = await viewer.ReadAsync(batch);
                if (read == ViewerRead.Quiet && !await TellPositionAsync(events, place) && time.GetElapsedTime(written) < options.Value.HeartbeatInterval)
                {
                    continue;
                }

                Write(events, read, batch.AsSpan(0, count), model);
                written = time.GetTimestamp();
                place = read == ViewerRead.Chunks ? null : place;
                await FlushAsync(context);
                if (read is ViewerRead.Ended or ViewerRead.Lost)
                {
                    return;
                }
            }
        }
        catch (TimeoutException)
        {
            // Nothing of what was written was taken for as long as anybody may pause.
            context.Abort();
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or this replica closes its streams: both end without a terminal chunk, to be resumed elsewhere.
        }
        finally
        {
            ArrayPool<LoggedChunk>.Shared.Return(batch, clearArray: true);
        }
    }

    private static void Begin(HttpContext context, string jobId)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // A viewer may stop reading for a while: it costs nothing but its connection, which has a time limit of its own.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        var headers = context.Response.Headers;
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "no-cache, no-store, no-transform";
        headers["X-Accel-Buffering"] = "no";
        headers["X-Stream-Id"] = jobId;
        headers.Location = ChatEndpoints.PathOf(jobId);
    }

    private async ValueTask FlushAsync(HttpContext context)
    {
        var flush = context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        if (flush.IsCompletedSuccessfully)
        {
            _ = flush.Result;
            return;
        }

        await flush.AsTask().WaitAsync(options.Value.MaxPause, time, context.RequestAborted);
    }

    private static void Write(EventWriter events, ViewerRead read, ReadOnlySpan<LoggedChunk> chunks, string model)
    {
        foreach (var chunk in chunks)
        {
            events.Chunk(chunk);
        }

        if (read == ViewerRead.Quiet)
        {
            events.Heartbeat();
        }
        else if (read == ViewerRead.Lost)
        {
            events.Data(JsonSerializer.SerializeToUtf8Bytes(StreamLoss.Chunk(model)));
        }
    }

    // Whether the place in the queue is another one than was said last, and was said now.
    private async ValueTask<bool> TellPositionAsync(EventWriter events, Place? place)
    {
        if (place is null)
        {
            return false;
        }

        try
        {
            if (await queue.AheadAsync(place.JobId) is not { } ahead || ahead == place.Ahead)
            {
                return false;
            }

            place.Ahead = ahead;
            events.Data(JsonSerializer.SerializeToUtf8Bytes(new QueuePositionEvent(place.Model, ahead)));
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Redis is away: the stream stays open, and the place is told when it returns.
            return false;
        }
    }

    private sealed record Place(string JobId, string Model)
    {
        public long? Ahead { get; set; }
    }
}
