using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Diagnostics;

namespace AgnoAspire.ApiService.Http;

/// <summary>Turns every failure before the first byte into problem details.</summary>
internal static class ProblemDetailsExtensions
{
    private static readonly TimeSpan RedisRetry = TimeSpan.FromSeconds(2);

    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(options => options.CustomizeProblemDetails = static context =>
        {
            var problem = context.ProblemDetails;
            problem.Extensions["requestId"] = context.HttpContext.TraceIdentifier;
            problem.Extensions.Remove("traceId");
            problem.Extensions.TryAdd("code", ErrorCode.Internal);
        });
        services.AddExceptionHandler<ExceptionProblems>();
    }

    public static void UseProblems(this WebApplication app)
    {
        var shutdown = app.Services.GetRequiredService<ShutdownCoordinator>();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = static _ => Task.CompletedTask,

            // Unknown exceptions are bugs and are logged as errors.
            SuppressDiagnosticsCallback = context => context.Exception is ChatJobsUnavailableException or BadHttpRequestException
                || (context.Exception is OperationCanceledException
                    && (context.HttpContext.RequestAborted.IsCancellationRequested || shutdown.StreamsAborted.IsCancellationRequested)),
        });
        app.UseStatusCodePages(static context => ApiProblems.Status(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));
    }

    /// <summary>Maps known exceptions to problems; others become an internal error without detail, logged by the framework.</summary>
    private sealed class ExceptionProblems(ShutdownCoordinator shutdown) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
            {
                return true;
            }

            var problem = exception switch
            {
                BadHttpRequestException bad => ApiProblems.Status(bad.StatusCode),
                OperationCanceledException when shutdown.StreamsAborted.IsCancellationRequested => ApiProblems.ShuttingDown(httpContext),
                _ => ApiProblems.Internal(),
            };
            if (exception is ChatJobsUnavailableException)
            {
                ApiProblems.RetryAfter(httpContext, RedisRetry);
                problem = ApiProblems.Unavailable();
            }

            await problem.ExecuteAsync(httpContext);
            return true;
        }
    }
}
