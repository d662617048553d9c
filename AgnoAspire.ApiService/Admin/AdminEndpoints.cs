using System.Text.Json.Serialization;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Admin;

/// <summary>What an operator asks for. To every other caller these paths do not exist.</summary>
internal static class AdminEndpoints
{
    private const int MostListed = 100;

    public static void MapAdminEndpoints(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/api/v1/dead-letters").WithTags("operator").AddEndpointFilter(RefuseOthersAsync);
        letters.MapGet("", ListAsync).WithName("ListDeadLetters").WithSummary("Lists the jobs that were tried as often as allowed, the newest first");
        letters.MapPost("{id}/redrive", RedriveAsync).WithName("RedriveDeadLetter").WithSummary("Runs such a job again, as a new chat of the same caller");
    }

    private static async Task<IResult> ListAsync(DeadLetterQueue letters) => TypedResults.Ok(new LetterList(
        [.. (await letters.ListAsync(MostListed)).Select(letter => new LetterView(letter.JobId, letter.Owner, letter.Model, letter.FailedAt))]));

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

        return TypedResults.Accepted(ChatEndpoints.PathOf(redriven.JobId), new RedrivenView(redriven.JobId));
    }

    private static async ValueTask<object?> RefuseOthersAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var operators = context.RequestServices.GetRequiredService<IOptions<ChatApiOptions>>().Value.Operators;
        var environment = context.RequestServices.GetRequiredService<IHostEnvironment>();
        var isOperator = operators.Count > 0 ? operators.Contains(Caller.Of(context)) : environment.IsDevelopment();
        return isOperator ? await next(invocation) : ApiProblems.Status(StatusCodes.Status404NotFound);
    }

    internal sealed record LetterList([property: JsonPropertyName("data")] IReadOnlyList<LetterView> Data);

    internal sealed record LetterView(
        [property: JsonPropertyName("id")] string Id,
        [property: JsonPropertyName("owner")] string Owner,
        [property: JsonPropertyName("model")] string Model,
        [property: JsonPropertyName("died_at")] DateTimeOffset DiedAt);

    internal sealed record RedrivenView([property: JsonPropertyName("id")] string Id);
}
