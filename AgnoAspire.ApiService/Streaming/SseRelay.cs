using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>Relays a stream to one client: all chunks that are ready go out in one flush, and silence becomes a keep-alive comment.</summary>
internal sealed class SseRelay(TimeProvider time, IOptions<ChatApiOptions> options)
{
    public const string ContentType = "text/event-stream";

    // Rented by every viewer for as long as it is connected, so it is small.
    private const int BatchSize = 16;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    public TimeSpan KeepAliveInterval => options.Value.KeepAliveInterval;

    /// <summary>Begins a response without an event yet.</summary>
    public async Task<SseWriter> StartAsync(HttpContext context)
    {
        var events = Prepare(context);
        await FlushAsync(context);
        return events;
    }

    public async Task KeepAliveAsync(HttpContext context, SseWriter events)
    {
        events.KeepAlive();
        await FlushAsync(context);
    }

    /// <summary>
    /// Relays a stream to its end. Returns the error of a new chat that failed early, for a response of its own, if the API wants that: its response
    /// begins with the first chunk, or after a second.
    /// </summary>
    public async Task<ChatError?> RelayAsync(HttpContext context, Viewer viewer, IChunkFormatter formatter, bool isNew = false)
    {
        var batch = ArrayPool<SequencedChunk>.Shared.Rent(BatchSize);
        try
        {
            var early = isNew && formatter.ReportsEarlyFailure ? await ReadEarlyAsync(viewer, batch) : 0;
            if (early > 0 && batch[0].IsTerminal && ChatChunk.Parse(batch[0].Bytes.Span).Error is { } error)
            {
                return error;
            }

            var events = Prepare(context);
            formatter.Begin(events);
            Write(events, ReadStatus.Chunks, batch.AsSpan(0, early), formatter);
            await FlushAsync(context);
            var continues = !formatter.ReportsProgress || await ReportProgressAsync(context, viewer, events, batch, formatter);
            while (continues)
            {
                // Not in a method of its own, which would allocate at each wait.
                var (read, count) = await viewer.ReadAsync(batch);
                Write(events, read, batch.AsSpan(0, count), formatter);
                await FlushAsync(context);
                continues = read is ReadStatus.Chunks or ReadStatus.Idle;
            }
        }
        catch (TimeoutException)
        {
            // The client has read nothing for the whole write timeout.
            context.Abort();
        }
        catch (OperationCanceledException) when (context.Response.HasStarted)
        {
            // The client disconnected, or this replica shuts down: the stream ends without a terminal chunk and can be resumed.
        }
        finally
        {
            ArrayPool<SequencedChunk>.Shared.Return(batch, clearArray: true);
        }

        return null;
    }

    private async Task<int> ReadEarlyAsync(Viewer viewer, SequencedChunk[] batch)
    {
        viewer.IdleTimeout = ProgressInterval;
        var (_, count) = await viewer.ReadAsync(batch);
        viewer.IdleTimeout = KeepAliveInterval;
        return count;
    }

    private SseWriter Prepare(HttpContext context)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // A client may stop reading for a while: that costs only its connection, and the write timeout limits it.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        var headers = context.Response.Headers;
        headers.ContentType = ContentType;
        headers.CacheControl = "no-cache, no-store, no-transform";
        headers["X-Accel-Buffering"] = "no";
        var events = new SseWriter(context.Response.BodyWriter);
        events.Retry(options.Value.SseRetryInterval);
        return events;
    }

    // Reports progress until the first chunk. Returns false if the stream has ended.
    private async Task<bool> ReportProgressAsync(HttpContext context, Viewer viewer, SseWriter events, SequencedChunk[] batch, IChunkFormatter formatter)
    {
        viewer.IdleTimeout = ProgressInterval < KeepAliveInterval ? ProgressInterval : KeepAliveInterval;
        var written = time.GetTimestamp();
        while (true)
        {
            if (await formatter.WriteProgressAsync(events))
            {
                await FlushAsync(context);
                written = time.GetTimestamp();
            }

            var (read, count) = await viewer.ReadAsync(batch);
            if (count > 0 || read is ReadStatus.Completed or ReadStatus.Lost)
            {
                viewer.IdleTimeout = KeepAliveInterval;
                Write(events, read, batch.AsSpan(0, count), formatter);
                await FlushAsync(context);
                return read == ReadStatus.Chunks;
            }

            if (time.GetElapsedTime(written) >= KeepAliveInterval)
            {
                events.KeepAlive();
                await FlushAsync(context);
                written = time.GetTimestamp();
            }
        }
    }

    private static void Write(SseWriter events, ReadStatus read, ReadOnlySpan<SequencedChunk> chunks, IChunkFormatter formatter)
    {
        foreach (var chunk in chunks)
        {
            formatter.Chunk(events, chunk);
        }

        if (read == ReadStatus.Idle)
        {
            events.KeepAlive();
        }
        else if (read == ReadStatus.Lost)
        {
            formatter.StreamLost(events);
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
