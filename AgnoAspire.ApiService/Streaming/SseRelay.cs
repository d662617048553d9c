using System.Buffers;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>Relays one stream to one client: whatever is ready goes out in one flush, and a silence becomes a heartbeat.</summary>
internal sealed class SseRelay(TimeProvider time, IOptions<ChatApiOptions> options)
{
    // Held by every viewer for as long as it watches, so it is small.
    private const int BatchSize = 16;
    private static readonly TimeSpan PlaceInterval = TimeSpan.FromSeconds(1);

    public async Task RelayAsync(HttpContext context, string jobId, Viewer viewer, IChunkFormatter face, QueuePositionReporter? place = null)
    {
        Begin(context, jobId, face.PathOf(jobId));
        var events = new SseWriter(context.Response.BodyWriter);
        events.Retry(options.Value.SseRetryInterval);
        face.Begin(events);
        var batch = ArrayPool<SequencedChunk>.Shared.Rent(BatchSize);
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
                goesOn = read is ReadStatus.Chunks or ReadStatus.Idle;
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
            ArrayPool<SequencedChunk>.Shared.Return(batch, clearArray: true);
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
    private async Task<bool> WaitAsync(HttpContext context, Viewer viewer, SseWriter events, QueuePositionReporter place, SequencedChunk[] batch, IChunkFormatter face)
    {
        var heartbeat = viewer.IdleTimeout;
        viewer.IdleTimeout = PlaceInterval < heartbeat ? PlaceInterval : heartbeat;
        var written = time.GetTimestamp();
        while (true)
        {
            if (await place.WriteIfChangedAsync(events))
            {
                await FlushAsync(context);
                written = time.GetTimestamp();
            }

            var (read, count) = await viewer.ReadAsync(batch);
            if (count > 0 || read is ReadStatus.Completed or ReadStatus.Lost)
            {
                viewer.IdleTimeout = heartbeat;
                Write(events, read, batch.AsSpan(0, count), face);
                await FlushAsync(context);
                return read == ReadStatus.Chunks;
            }

            if (time.GetElapsedTime(written) >= heartbeat)
            {
                events.KeepAlive();
                await FlushAsync(context);
                written = time.GetTimestamp();
            }
        }
    }

    private static void Write(SseWriter events, ReadStatus read, ReadOnlySpan<SequencedChunk> chunks, IChunkFormatter face)
    {
        foreach (var chunk in chunks)
        {
            face.Chunk(events, chunk);
        }

        if (read == ReadStatus.Idle)
        {
            events.KeepAlive();
        }
        else if (read == ReadStatus.Lost)
        {
            face.StreamLost(events);
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

        await flush.AsTask().WaitAsync(options.Value.ClientWriteTimeout, time, context.RequestAborted);
    }
}
