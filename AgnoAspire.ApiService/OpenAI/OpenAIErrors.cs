using Microsoft.AspNetCore.Mvc;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>An error in OpenAI's format.</summary>
/// <param name="Error">The error.</param>
public sealed record OpenAIErrorResponse([property: JsonPropertyName("error")] OpenAIError Error)
{
    internal static OpenAIErrorResponse Cancelled { get; } = new(new OpenAIError("The chat was cancelled.", "cancelled", null, ApiErrorCode.Cancelled));

    internal static OpenAIErrorResponse Of(ChatError error) => new(new OpenAIError(error.Message, "server_error", null, error.Code));
}

/// <summary>What went wrong.</summary>
/// <param name="Message">The error and what to do, for people.</param>
/// <param name="Type">The class of the error.</param>
/// <param name="Param">The parameter that caused it, or <see langword="null"/>.</param>
/// <param name="Code">A stable code for programs.</param>
public sealed record OpenAIError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("param"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    [property: JsonPropertyName("code"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code);

/// <summary>Writes every problem on paths of the OpenAI API in OpenAI's format.</summary>
internal sealed class OpenAIProblemDetailsWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => context.HttpContext.Request.Path.StartsWithSegments(StreamId.OpenAIRoot, StringComparison.Ordinal);

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? context.HttpContext.Response.StatusCode;
        var code = problem.Extensions.TryGetValue("code", out var value) ? value as string : null;
        var body = new OpenAIErrorResponse(new OpenAIError(Message(problem), TypeOf(status), Param(problem, code), CodeOf(code)));
        await context.HttpContext.Response.WriteAsJsonAsync(
            body, OpenAIJsonContext.Default.OpenAIErrorResponse, cancellationToken: context.HttpContext.RequestAborted);
    }

    private static string Message(ProblemDetails problem)
    {
        var message = problem.Extensions.ContainsKey("errors") ? problem.Detail ?? "" : $"{problem.Title} {problem.Detail}";
        return problem.Extensions.TryGetValue("models", out var models) && models is string[] names ? $"{message} {string.Join(", ", names)}." : message;
    }

    private static string? Param(ProblemDetails problem, string? code) =>
        problem.Extensions.TryGetValue("errors", out var errors) && errors is Dictionary<string, string[]> fields ? fields.Keys.First()
        : code == ApiErrorCode.ModelNotFound ? "model"
        : null;

    private static string? CodeOf(string? code) => code switch
    {
        ApiErrorCode.InvalidRequest => ApiErrorCode.InvalidValue,
        ApiErrorCode.Unauthorized => ApiErrorCode.InvalidApiKey,
        _ => code,
    };

    private static string TypeOf(int status) => status switch
    {
        Status401Unauthorized => "authentication_error",
        Status403Forbidden => "permission_error",
        Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}
