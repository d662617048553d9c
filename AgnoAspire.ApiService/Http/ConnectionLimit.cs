using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AgnoAspire.ApiService.Http;

/// <summary>
/// Answers requests on connections beyond the limit with 503 and closes them. Only far above it are connections closed without a response, by
/// <see cref="KestrelServerLimits.MaxConcurrentConnections"/>.
/// </summary>
internal sealed class ConnectionLimit(IOptions<ChatApiOptions> options)
{
    private static readonly object Excess = new();
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);
    private int open;

    public void CountOn(ListenOptions listen) => listen.Use(next => async connection =>
    {
        if (Interlocked.Increment(ref open) > options.Value.AnsweredConnections)
        {
            connection.Items[Excess] = Excess;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    });

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // Probes are served: who asks whether a busy replica lives must not be told to restart it.
        if (context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(Excess) is not true
            || context.Request.Path.Value is "/alive" or "/health")
        {
            return next(context);
        }

        ApiProblems.RetryAfter(context, RetryDelay);
        context.Response.Headers.Connection = "close";
        return ApiProblems.ConnectionsFull().ExecuteAsync(context);
    }
}
