using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Models;
using AgnoAspire.ChatJobs.Relay;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The OpenAI face: chat completions and models over the same jobs and logs as the native face, and OpenAI's way to fail.</summary>
internal static class OpenAIEndpoints
{
    public const string Root = "/v1";

    // As nginx has it: the client, or somebody in its name, closed the request. No SDK tries it again.
    private const int ClientClosedRequest = 499;

    public static void AddOpenAIApi(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, OpenAIProblemDetailsWriter>();
        services.AddSingleton<MessageMapper>();
        services.AddSingleton<CompletionRequestMapper>();
    }

    public static void MapOpenAIEndpoints(this IEndpointRouteBuilder routes)
    {
        var face = routes.MapGroup(Root).WithTags("openai");
        face.MapGet("models", ListModelsAsync).WithName("ListModels").DescribesModels();
        face.MapGet("models/{**model}", GetModelAsync).WithName("GetModel").DescribesModel();
        face.MapPost("chat/completions", PostAsync).WithName("CreateChatCompletion").DescribesCompletion();
        face.MapGet("chat/completions/{id}/stream", StreamAsync).WithName("StreamChatCompletion").WithMetadata(new AllowStreamTokenMetadata()).DescribesCompletionStream();
        face.MapDelete("chat/completions/{id}", DeleteAsync).WithName("CancelChatCompletion").DescribesCompletionCancel();
    }

    public static string PathOf(string jobId) => $"{Root}/chat/completions/{StreamId.OpenAI(jobId)}";

    private static async Task<IResult> ListModelsAsync(ModelRegistry models) =>
        TypedResults.Json(new ModelList("list", [.. (await models.ReadAsync()).Select(ModelEntry.Of)]), OpenAIJsonContext.Default.ModelList);

    private static async Task<IResult> GetModelAsync(string model, ModelRegistry models)
    {
        var known = await models.ReadAsync();
        return known.FirstOrDefault(entry => entry.Name == model) is { } found
            ? TypedResults.Json(ModelEntry.Of(found), OpenAIJsonContext.Default.ModelEntry)
            : ApiProblems.UnknownModel(known.Select(entry => entry.Name));
    }

    private static async Task<IResult> PostAsync(
        HttpContext context, CompletionRequestMapper reader, ChatAdmission admission, SseRelay relay, ShutdownCoordinator drain, TimeProvider time)
    {
        var (request, completion, problem) = await reader.ReadAsync(context);
        if (completion is null)
        {
            return problem!;
        }

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.StreamsAborted);
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
            await relay.RelayAsync(context, job.Id, viewer, new OpenAIChunkFormatter(job.Id, completion.Model, created, after: 0, withUsage));
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
            var answer = await CompletionAggregator.CollectAsync(job.Viewer, model);
            if (answer.Terminal.Error is { } error)
            {
                return ApiProblems.Failed(ChatEndpoints.StatusOf(error.Code), error.Code, error.Message);
            }

            if (answer.Terminal.FinishReason == FinishReason.Cancelled)
            {
                return TypedResults.Json(OpenAIErrorResponse.Cancelled, OpenAIJsonContext.Default.OpenAIErrorResponse, statusCode: ClientClosedRequest);
            }

            var message = new ChatCompletionResponseMessage(MessageRole.Assistant, answer is { Content: "", ToolCalls: not null } ? null : answer.Content, null, answer.ToolCalls);
            return TypedResults.Json(
                new ChatCompletionResponse(
                    StreamId.OpenAI(job.Id), "chat.completion", created, model,
                    [new ChatCompletionChoice(0, message, null, answer.Terminal.FinishReason!)], answer.Terminal.Usage),
                OpenAIJsonContext.Default.ChatCompletionResponse);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            ApiProblems.RetryAfter(context, TimeSpan.FromSeconds(1));
            return ApiProblems.ShuttingDown();
        }
    }

    private static async Task<IResult> StreamAsync(
        string id, [FromQuery(Name = "include_usage")] bool? includeUsage, HttpContext context, JobStore jobs, LiveRelay streams, SseRelay relay, ShutdownCoordinator drain, IOptions<ChatApiOptions> options)
    {
        if (!ChatEndpoints.TryReadLastEventId(context, out var after))
        {
            return ApiProblems.BadLastEventId();
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

        if (after > job.ChunkCount)
        {
            return ApiProblems.BadLastEventId();
        }

        RequestTelemetry.Describe(context, job.Id, job.TraceParent);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.StreamsAborted);
        await using var viewer = await streams.WatchAsync(job.Id, after, options.Value.KeepAliveInterval, watching.Token);
        await relay.RelayAsync(
            context, job.Id, viewer, new OpenAIChunkFormatter(job.Id, job.Model, job.CreatedAt.ToUnixTimeSeconds(), after, includeUsage is true));
        return TypedResults.Empty;
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, JobStore jobs, JobCanceller canceller)
    {
        var (job, problem) = await ChatEndpoints.FindAsync(StreamId.Read(id), context, jobs);
        if (job is null)
        {
            return problem!.StatusCode == StatusCodes.Status410Gone ? TypedResults.NoContent() : problem;
        }

        return await canceller.CancelAsync(job.Id) ? TypedResults.NoContent() : ApiProblems.UnknownJob();
    }
}
