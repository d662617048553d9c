using Microsoft.AspNetCore.Diagnostics;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.Http;

/// <summary>Turns whatever goes wrong before the first byte into problem details.</summary>
internal static class ProblemDetailsExtensions
{
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(options => options.CustomizeProblemDetails = static context =>
        {
            var problem = context.ProblemDetails;
            problem.Extensions["requestId"] = context.HttpContext.TraceIdentifier;
            problem.Extensions.Remove("traceId");
            problem.Extensions.TryAdd("code", "internal_error");
        });
        services.AddExceptionHandler<ExceptionProblems>();
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = static _ => Task.CompletedTask,

            // What is not one of the known faults is a fault of ours, and is logged as one.
            SuppressDiagnosticsCallback = static context =>
                context.Exception is ChatJobsUnavailableException or BadHttpRequestException or OperationCanceledException,
        });
        app.UseStatusCodePages(static context => ApiProblems.Status(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));
    }

    /// <summary>The host's door: known faults get their own answer, the rest is logged by the framework and answered without detail.</summary>
    private sealed class ExceptionProblems : IExceptionHandler
    {
        private static readonly TimeSpan RedisRetry = TimeSpan.FromSeconds(2);

        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
            {
                return true;
            }

            if (exception is ChatJobsUnavailableException)
            {
                ApiProblems.RetryAfter(httpContext, RedisRetry);
            }

            var answer = exception switch
            {
                ChatJobsUnavailableException => ApiProblems.Unavailable(),
                BadHttpRequestException bad => ApiProblems.Status(bad.StatusCode),
                _ => ApiProblems.Internal(),
            };
            await answer.ExecuteAsync(httpContext);
            return true;
        }
    }
}
