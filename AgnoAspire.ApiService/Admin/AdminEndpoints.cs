using AgnoAspire.ApiService.Authentication;

namespace AgnoAspire.ApiService.Admin;

/// <summary>The admin API: lists and redrives dead letters. Returns 404 to callers that are not operators.</summary>
internal static class AdminEndpoints
{
    private const int MaxListed = 100;

    public static void MapAdminEndpoints(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/api/v1/dead-letters").WithTags("operator").AddEndpointFilter(RequireOperatorAsync);
        letters.MapGet("", ListAsync)
            .WithName("ListDeadLetters").WithSummary("Lists jobs that have used all attempts, newest first")
            .Produces<DeadLetterList>().ProducesProblems(Status401Unauthorized, Status404NotFound, Status503ServiceUnavailable);
        letters.MapPost("{id}/redrive", RedriveAsync)
            .WithName("RedriveDeadLetter").WithSummary("Runs a dead letter again, as a new chat of the same caller")
            .Produces<RedrivenJob>(Status202Accepted).ProducesProblems(Status401Unauthorized, Status404NotFound, Status503ServiceUnavailable);
    }

    private static async Task<IResult> ListAsync(DeadLetterQueue letters)
    {
        var listed = await letters.ListAsync(MaxListed);
        var list = new DeadLetterList([.. listed.Select(letter => new DeadLetterView(letter.JobId, letter.Owner, letter.Model, letter.FailedAt))]);
        return TypedResults.Json(list, AdminJsonContext.Default.DeadLetterList);
    }

    private static async Task<IResult> RedriveAsync(string id, HttpContext context, DeadLetterQueue letters)
    {
        if (!JobId.IsWellFormed(id) || await letters.RedriveAsync(id) is not { } redriven)
        {
            return ApiProblems.UnknownJob();
        }

        if (redriven.Ticket.Status != EnqueueStatus.Accepted)
        {
            ApiProblems.RetryAfter(context, redriven.Ticket.RetryAfter);
            return ApiProblems.QueueFull();
        }

        context.Response.Headers.Location = StreamId.RelativeTo(context.Request, StreamId.ChatPath(redriven.JobId));
        return TypedResults.Json(new RedrivenJob(redriven.JobId), AdminJsonContext.Default.RedrivenJob, statusCode: Status202Accepted);
    }

    private static async ValueTask<object?> RequireOperatorAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var operators = context.RequestServices.GetRequiredService<IOptions<ChatApiOptions>>().Value.Operators;
        var isOperator = operators.Count > 0
            ? CallerIdentity.IsListed(context.Caller(), operators)
            : context.RequestServices.GetRequiredService<IHostEnvironment>().IsDevelopment();
        return isOperator ? await next(invocation) : ApiProblems.Status(Status404NotFound);
    }
}

/// <summary>The dead letters, newest first.</summary>
internal sealed record DeadLetterList([property: JsonPropertyName("data")] IReadOnlyList<DeadLetterView> Data);

/// <summary>A job that has used all attempts.</summary>
internal sealed record DeadLetterView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("owner")] string Owner,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("died_at")] DateTimeOffset DiedAt);

/// <summary>The new job of a dead letter.</summary>
internal sealed record RedrivenJob([property: JsonPropertyName("id")] string Id);

/// <summary>The JSON of the admin API.</summary>
[JsonSerializable(typeof(DeadLetterList))]
[JsonSerializable(typeof(RedrivenJob))]
internal sealed partial class AdminJsonContext : JsonSerializerContext;
