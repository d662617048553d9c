using System.Buffers;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Relay;

/// <summary>Relays one stream to one client: whatever is ready goes out in one flush, and a silence becomes a heartbeat.</summary>
internal sealed class EventRelay(IOptions<ChatApiOptions> options)
{
    private const int BatchSize = 64;

    public async Task RelayAsync(HttpContext context, string jobId, Viewer viewer, IEventFace face)
    {
        Begin(context, jobId, face.PathOf(jobId));
        var events = new EventWriter(context.Response.BodyWriter);
        events.Retry(options.Value.ReconnectDelay);
        face.Begin(events);
        var batch = ArrayPool<LoggedChunk>.Shared.Rent(BatchSize);
        try
        {
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            while (await WriteNextAsync(events, viewer, batch, face))
            {
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
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
        var headers = context.Response.Headers;
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "no-cache, no-store, no-transform";
        headers["X-Accel-Buffering"] = "no";
        headers["X-Stream-Id"] = jobId;
        headers.Location = path;
    }

    // False when nothing follows.
    private static async ValueTask<bool> WriteNextAsync(EventWriter events, Viewer viewer, LoggedChunk[] batch, IEventFace face)
    {
        var (read, count) = await viewer.ReadAsync(batch);
        switch (read)
        {
            case ViewerRead.Chunks:
                for (var i = 0; i < count; i++)
                {
                    face.Chunk(events, batch[i]);
                }

                return true;

            case ViewerRead.Quiet:
                events.Heartbeat();
                return true;

            case ViewerRead.Lost:
                face.Lost(events);
                return false;

            default:
                return false;
        }
    }
}
