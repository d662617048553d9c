using System.Buffers;
using System.Text.Json;
using AgnoAspire.ApiService.NativeFace;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Relay;

/// <summary>Relays one stream to one client: whatever is ready goes out in one flush, and a silence becomes a heartbeat.</summary>
internal sealed class NativeStream(IOptions<ChatApiOptions> options)
{
    private const int BatchSize = 64;

    public async Task RelayAsync(HttpContext context, string jobId, string model, Viewer viewer)
    {
        Begin(context, jobId);
        var events = new EventWriter(context.Response.BodyWriter);
        events.Retry(options.Value.ReconnectDelay);
        var batch = ArrayPool<LoggedChunk>.Shared.Rent(BatchSize);
        try
        {
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            while (await WriteNextAsync(events, viewer, batch, model))
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

    private static void Begin(HttpContext context, string jobId)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var headers = context.Response.Headers;
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "no-cache, no-store, no-transform";
        headers["X-Accel-Buffering"] = "no";
        headers["X-Stream-Id"] = jobId;
        headers.Location = ChatEndpoints.PathOf(jobId);
    }

    // False when nothing follows.
    private static async ValueTask<bool> WriteNextAsync(EventWriter events, Viewer viewer, LoggedChunk[] batch, string model)
    {
        var (read, count) = await viewer.ReadAsync(batch);
        switch (read)
        {
            case ViewerRead.Chunks:
                for (var i = 0; i < count; i++)
                {
                    events.Chunk(batch[i]);
                }

                return true;

            case ViewerRead.Quiet:
                events.Heartbeat();
                return true;

            case ViewerRead.Lost:
                events.Data(JsonSerializer.SerializeToUtf8Bytes(StreamLoss.Chunk(model)));
                return false;

            default:
                return false;
        }
    }
}
