using System.Text.Json.Serialization;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.NativeFace;
using AgnoAspire.ApiService.Problems;
using AgnoAspire.ChatJobs;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.OperatorFace;

/// <summary>What an operator asks for. To every other caller these paths do not exist.</summary>
internal static class OperatorEndpoints
{
    private const int MostListed = 100;

    public static void MapOperatorFace(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/api/v1/dead-letters").WithTags("operator").AddEndpointFilter(RefuseOthersAsync);
        letters.MapGet("", ListAsync).WithName("ListDeadLetters").WithSummary("Lists the jobs that were tried as often as allowed, the newest first");
        letters.MapPost("{id}/requeue", RequeueAsync).WithName("RequeueDeadLetter").WithSummary("Runs such a job again, as a new chat of the same caller");
    }

    private static async Task<IResult> ListAsync(DeadLetters letters) => TypedResults.Ok(new LetterList(
        [.. (await letters.ListAsync(MostListed)).Select(letter => new LetterView(letter.JobId, letter.Owner, letter.Model, letter.DiedAt))]));

    private static async Task<IResult> RequeueAsync(string id, HttpContext context, DeadLetters letters)
    {
        if (!JobId.IsWellFormed(id) || await letters.RequeueAsync(id) is not { } requeued)
        {
            return Problem.UnknownJob();
        }

        if (requeued.Ticket.Admission != QueueAdmission.Accepted)
        {
            Problem.RetryAfter(context, requeued.Ticket.RetryAfter);
            return Problem.QueueFull();
        }

        return TypedResults.Accepted(ChatEndpoints.PathOf(requeued.JobId), new RequeuedView(requeued.JobId));
    }

    private static async ValueTask<object?> RefuseOthersAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var operators = context.RequestServices.GetRequiredService<IOptions<ChatApiOptions>>().Value.Operators;
        var environment = context.RequestServices.GetRequiredService<IHostEnvironment>();
        var isOperator = operators.Count > 0 ? operators.Contains(Caller.Of(context)) : environment.IsDevelopment();
        return isOperator ? await next(invocation) : Problem.Status(StatusCodes.Status404NotFound);
    }

    internal sealed record LetterList([property: JsonPropertyName("data")] IReadOnlyList<LetterView> Data);

    internal sealed record LetterView(
        [property: JsonPropertyName("id")] string Id,
        [property: JsonPropertyName("owner")] string Owner,
        [property: JsonPropertyName("model")] string Model,
        [property: JsonPropertyName("died_at")] DateTimeOffset DiedAt);

    internal sealed record RequeuedView([property: JsonPropertyName("id")] string Id);
}
