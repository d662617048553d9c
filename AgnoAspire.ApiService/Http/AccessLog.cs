using AgnoAspire.ApiService.Admission;
using Microsoft.AspNetCore.Authorization;

namespace AgnoAspire.ApiService.Http;

/// <summary>One line for each request to a face: who asked what kind of thing, and how it ended. Never a body, a header or an address.</summary>
internal static partial class AccessLog
{
    public static void UseAccessLog(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AccessLog).FullName!);
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Use(async (context, next) =>
        {
            // Read before anything fails: the exception handler forgets the endpoint.
            var endpoint = context.GetEndpoint() as RouteEndpoint;
            var began = time.GetTimestamp();
            try
            {
                await next(context);
            }
            finally
            {
                if (endpoint is { RoutePattern.RawText: { } route } && endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null)
                {
                    LogRequest(
                        logger, context.Request.Method, route, context.Response.StatusCode, (long)time.GetElapsedTime(began).TotalMilliseconds,
                        Caller.Of(context), context.TraceIdentifier);
                }
            }
        });
    }

    [LoggerMessage(LogLevel.Information, "{Method} {Route}: {Status} after {Milliseconds} ms for {Caller}, request {RequestId}.")]
    private static partial void LogRequest(ILogger logger, string method, string route, int status, long milliseconds, string caller, string requestId);
}
