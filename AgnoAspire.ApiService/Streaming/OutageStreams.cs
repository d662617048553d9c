using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>
/// Keeps the streams that are requested during an outage of Redis open, without an event: a browser's <c>EventSource</c> gives up for good after
/// an error status. When Redis is back the response ends, and the client reconnects to its stream, or to the status that says why there is none.
/// </summary>
internal sealed class OutageStreams(JobQueue queue, ViewerLimits viewers, SseRelay sse, TimeProvider time)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (ChatJobsUnavailableException) when (IsEventSource(context) && !context.Response.HasStarted)
        {
            var entered = viewers.Enter(context, caller: null);
            if (!entered.IsSuccess)
            {
                await entered.Problem.ExecuteAsync(context);
                return;
            }

            using var place = entered.Value;
            await HoldAsync(context, place.Token);
        }
    }

    private static bool IsEventSource(HttpContext context) => HttpMethods.IsGet(context.Request.Method)
        && context.GetEndpoint()?.Metadata.GetMetadata<AllowStreamTokenMetadata>() is not null
        && context.Request.Headers.Accept.ToString().Contains(SseRelay.ContentType, StringComparison.OrdinalIgnoreCase);

    private async Task HoldAsync(HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            var events = await sse.StartAsync(context);
            do
            {
                await Task.Delay(CheckInterval, time, cancellationToken);
                await sse.KeepAliveAsync(context, events);
            }
            while (!await IsBackAsync());
        }
        catch (TimeoutException)
        {
            context.Abort();
        }
        catch (OperationCanceledException)
        {
            // The client disconnected, or this replica shuts down.
        }
    }

    private async Task<bool> IsBackAsync()
    {
        try
        {
            return queue.IsAvailable && await queue.WaitingAsync() >= 0;
        }
        catch (ChatJobsUnavailableException)
        {
            return false;
        }
    }
}
