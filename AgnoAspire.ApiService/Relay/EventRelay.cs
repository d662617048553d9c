using System.Buffers;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Relay;

/// <summary>Relays one stream to one client: whatever is ready goes out in one flush, and a silence becomes a heartbeat.</summary>
internal sealed class EventRelay(TimeProvider time, IOptions<ChatApiOptions> options)
{
    // Held by every viewer for as long as it watches, so it is small.
    private const int BatchSize = 16;
    private static readonly TimeSpan PlaceInterval = TimeSpan.FromSeconds(1);

    public async Task RelayAsync(HttpContext context, string jobId, Viewer viewer, IEventFace face, QueuePlace? place = null)
    {
        Begin(context, jobId, face.PathOf(jobId));
        var events = new EventWriter(context.Response.BodyWriter);
        events.Retry(options.Value.ReconnectDelay);
        face.Begin(events);
        var batch = ArrayPool<LoggedChunk>.Shared.Rent(BatchSize);
        try
        {
            await FlushAsync(context);
            var goesOn = place is null || await WaitAsync(context, viewer, events, place, batch, face);
            while (goesOn)
            {
                // Here and not in a method of its own, which would allocate at each wait.
                var (read, count) = await viewer.ReadAsync(batch);
                Write(events, read, batch.AsSpan(0, count), face);
                await FlushAsync(context);
                goesOn = read is ViewerRead.Chunks or ViewerRead.Quiet;
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

    private static void Begin(HttpContext context, string jobId, string path)
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
        headers.Location = path;
    }

    // Until the first chunk comes, tells the place in the queue whenever it is another one. False when nothing follows.
    private async Task<bool> WaitAsync(HttpContext context, Viewer viewer, EventWriter events, QueuePlace place, LoggedChunk[] batch, IEventFace face)
    {
        var heartbeat = viewer.QuietTime;
        viewer.QuietTime = PlaceInterval < heartbeat ? PlaceInterval : heartbeat;
        var written = time.GetTimestamp();
        while (true)
        {
            if (await place.TellAsync(events))
            {
                await FlushAsync(context);
                written = time.GetTimestamp();
            }

            var (read, count) = await viewer.ReadAsync(batch);
            if (count > 0 || read is ViewerRead.Ended or ViewerRead.Lost)
            {
                viewer.QuietTime = heartbeat;
                Write(events, read, batch.AsSpan(0, count), face);
                await FlushAsync(context);
                return read == ViewerRead.Chunks;
            }

            if (time.GetElapsedTime(written) >= heartbeat)
            {
                events.Heartbeat();
                await FlushAsync(context);
                written = time.GetTimestamp();
            }
        }
    }

    private static void Write(EventWriter events, ViewerRead read, ReadOnlySpan<LoggedChunk> chunks, IEventFace face)
    {
        foreach (var chunk in chunks)
        {
            face.Chunk(events, chunk);
        }

        if (read == ViewerRead.Quiet)
        {
            events.Heartbeat();
        }
        else if (read == ViewerRead.Lost)
        {
            face.Lost(events);
        }
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
}
