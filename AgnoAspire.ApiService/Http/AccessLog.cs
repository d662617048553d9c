using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features;

namespace AgnoAspire.ApiService.Http;

/// <summary>Logs one line per API request: caller, route and status. Never a body, a header or a URL.</summary>
internal static partial class AccessLog
{
    public static void UseAccessLog(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AccessLog).FullName!);
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Services.GetRequiredService<DiagnosticListener>().Subscribe(new RejectedRequests(logger), RejectedRequests.IsEnabled);
        app.Use(async (context, next) =>
        {
            // Read first: the exception handler clears the endpoint.
            var endpoint = context.GetEndpoint() as RouteEndpoint;
            var started = time.GetTimestamp();
            try
            {
                await next(context);
            }
            finally
            {
                if (endpoint is { RoutePattern.RawText: { } route } && endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null)
                {
                    var milliseconds = (long)time.GetElapsedTime(started).TotalMilliseconds;
                    var caller = context.User.Identity?.Name ?? "anonymous";
                    LogRequest(logger, context.Request.Method, route, context.Response.StatusCode, milliseconds, caller, context.TraceIdentifier);
                }
            }
        });
    }

    [LoggerMessage(LogLevel.Information, "{Method} {Route}: {Status} after {Milliseconds} ms for {Caller}, request {RequestId}.")]
    private static partial void LogRequest(ILogger logger, string method, string route, int status, long milliseconds, string caller, string requestId);

    [LoggerMessage(LogLevel.Information, "Malformed HTTP: status {Status}, connection {ConnectionId}.")]
    private static partial void LogRejected(ILogger logger, int status, string? connectionId);

    /// <summary>What the server itself rejects (400, 408, 414, 431) reaches no middleware. The message may quote the request and is not logged.</summary>
    private sealed class RejectedRequests(ILogger logger) : IObserver<KeyValuePair<string, object?>>
    {
        public static bool IsEnabled(string name) => name == "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Value is IFeatureCollection features && features.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException exception)
            {
                LogRejected(logger, exception.StatusCode, features.Get<IHttpConnectionFeature>()?.ConnectionId);
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
