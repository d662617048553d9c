using Microsoft.AspNetCore.Mvc;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Writes every problem on this face's paths in OpenAI's shape, wherever it was found.</summary>
internal sealed class OpenAIProblemDetailsWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => context.HttpContext.Request.Path.StartsWithSegments(OpenAIEndpoints.Root, StringComparison.Ordinal);

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? context.HttpContext.Response.StatusCode;
        var code = problem.Extensions.TryGetValue("code", out var named) ? named as string : null;
        var body = new OpenAIErrorResponse(new OpenAIError(Message(problem), TypeOf(status), Param(problem, code), Code(code)));
        await context.HttpContext.Response.WriteAsJsonAsync(body, OpenAIJsonContext.Default.OpenAIErrorResponse, cancellationToken: context.HttpContext.RequestAborted);
    }

    private static string Message(ProblemDetails problem)
    {
        var message = problem.Extensions.ContainsKey("errors") ? problem.Detail ?? "" : $"{problem.Title} {problem.Detail}";
        return problem.Extensions.TryGetValue("models", out var models) && models is string[] names ? $"{message} {string.Join(", ", names)}." : message;
    }

    private static string? Param(ProblemDetails problem, string? code) =>
        problem.Extensions.TryGetValue("errors", out var errors) && errors is Dictionary<string, string[]> fields ? fields.Keys.First()
        : code == "model_not_found" ? "model"
        : null;

    private static string? Code(string? code) => code switch
    {
        "invalid_request" => "invalid_value",
        "unauthorized" => "invalid_api_key",
        _ => code,
    };

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}
