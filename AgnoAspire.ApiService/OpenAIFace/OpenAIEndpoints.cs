using AgnoAspire.ApiService.Access;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.NativeFace;
using AgnoAspire.ApiService.Problems;
using AgnoAspire.ApiService.Relay;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.OpenAIFace;

/// <summary>The OpenAI face: chat completions and models over the same jobs and logs as the native face, and OpenAI's way to fail.</summary>
internal static class OpenAIEndpoints
{
    public const string Root = "/v1";

    // As nginx has it: the client, or somebody in its name, closed the request. No SDK tries it again.
    private const int ClientClosedRequest = 499;

    public static void AddOpenAIFace(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, ErrorBodies>();
        services.AddSingleton<MessageReader>();
        services.AddSingleton<CompletionReader>();
    }

    public static void MapOpenAIFace(this IEndpointRouteBuilder routes)
    {
        var face = routes.MapGroup(Root).WithTags("openai");
        face.MapGet("models", ListModelsAsync).WithName("ListModels").DescribesModels();
        face.MapGet("models/{**model}", GetModelAsync).WithName("GetModel").DescribesModel();
        face.MapPost("chat/completions", PostAsync).WithName("CreateChatCompletion").DescribesCompletion();
        face.MapGet("chat/completions/{id}/stream", StreamAsync).WithName("StreamChatCompletion").WithMetadata(new TakesStreamToken()).DescribesCompletionStream();
        face.MapDelete("chat/completions/{id}", DeleteAsync).WithName("CancelChatCompletion").DescribesCompletionCancel();
    }

    public static string PathOf(string jobId) => $"{Root}/chat/completions/{StreamId.OpenAI(jobId)}";

    private static async Task<IResult> ListModelsAsync(ModelBoard models) =>
        TypedResults.Json(new ModelList("list", [.. (await models.ReadAsync()).Select(ModelEntry.Of)]), OpenAIJson.Default.ModelList);

    private static async Task<IResult> GetModelAsync(string model, ModelBoard models)
    {
        var known = await models.ReadAsync();
        return known.FirstOrDefault(entry => entry.Name == model) is { } found
            ? TypedResults.Json(ModelEntry.Of(found), OpenAIJson.Default.ModelEntry)
            : Problem.UnknownModel(known.Select(entry => entry.Name));
    }

    private static async Task<IResult> PostAsync(
        HttpContext context, CompletionReader reader, JobAdmission admission, EventRelay relay, StreamDrain drain, TimeProvider time)
    {
        var (request, completion, problem) = await reader.ReadAsync(context);
        if (completion is null)
        {
            return problem!;
        }

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Cut);
        var (job, refusal) = await admission.AdmitAsync(context, completion, DisconnectPolicy.Cancel, watching.Token);
        if (job is null)
        {
            return refusal!;
        }

        await using var viewer = job.Viewer;
        var created = time.GetUtcNow().ToUnixTimeSeconds();
        if (request!.Stream is true)
        {
            var withUsage = request.StreamOptions?.IncludeUsage is true;
            await relay.RelayAsync(context, job.Id, viewer, new OpenAIEvents(job.Id, completion.Model, created, after: 0, withUsage));
            return TypedResults.Empty;
        }

        return await AnswerAsync(context, job, completion.Model, created);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, AdmittedJob job, string model, long created)
    {
        context.Response.Headers["X-Stream-Id"] = job.Id;
        context.Response.Headers.Location = PathOf(job.Id);
        try
        {
            var answer = await AnswerCollector.CollectAsync(job.Viewer, model);
            if (answer.Terminal.Error is { } error)
            {
                return Problem.Failed(ChatEndpoints.StatusOf(error.Code), error.Code, error.Message);
            }

            if (answer.Terminal.FinishReason == FinishReason.Cancelled)
            {
                return TypedResults.Json(ErrorBody.Cancelled, OpenAIJson.Default.ErrorBody, statusCode: ClientClosedRequest);
            }

            var message = new AnswerMessage(MessageRole.Assistant, answer is { Content: "", ToolCalls: not null } ? null : answer.Content, null, answer.ToolCalls);
            return TypedResults.Json(
                new CompletionAnswer(
                    StreamId.OpenAI(job.Id), "chat.completion", created, model,
                    [new CompletionChoice(0, message, null, answer.Terminal.FinishReason!)], answer.Terminal.Usage),
                OpenAIJson.Default.CompletionAnswer);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            Problem.RetryAfter(context, TimeSpan.FromSeconds(1));
            return Problem.ShuttingDown();
        }
    }

    private static async Task<IResult> StreamAsync(
        string id, [FromQuery(Name = "include_usage")] bool? includeUsage, HttpContext context, JobStore jobs, LiveRelay streams, EventRelay relay, StreamDrain drain, IOptions<ChatApiOptions> options)
    {
        if (!ChatEndpoints.TryReadLastEventId(context, out var after))
        {
            return Problem.BadLastEventId();
        }

        var (job, problem) = await ChatEndpoints.FindAsync(StreamId.Read(id), context, jobs);
        if (job is null)
        {
            return problem!;
        }

        if (job.HasEnded && after >= job.ChunkCount)
        {
            return TypedResults.NoContent();
        }

        RequestTelemetry.Describe(context, job.Id, job.TraceParent);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Cut);
        await using var viewer = await streams.WatchAsync(job.Id, after, options.Value.HeartbeatInterval, watching.Token);
        await relay.RelayAsync(
            context, job.Id, viewer, new OpenAIEvents(job.Id, job.Model, job.CreatedAt.ToUnixTimeSeconds(), after, includeUsage is true));
        return TypedResults.Empty;
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, JobStore jobs, JobCanceller canceller)
    {
        var (job, problem) = await ChatEndpoints.FindAsync(StreamId.Read(id), context, jobs);
        if (job is null)
        {
            return problem!.StatusCode == StatusCodes.Status410Gone ? TypedResults.NoContent() : problem;
        }

        return await canceller.CancelAsync(job.Id) ? TypedResults.NoContent() : Problem.UnknownJob();
    }
}
