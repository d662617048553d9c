using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs.Models;
using Microsoft.AspNetCore.Mvc;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The OpenAI API: chat completions over the same jobs and logs as the chat API, and models.</summary>
internal static class OpenAIEndpoints
{
    public static void AddOpenAIEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, OpenAIProblemDetailsWriter>();
        services.AddSingleton<CompletionRequestMapper>();
    }

    public static void MapOpenAIEndpoints(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup(StreamId.OpenAIRoot).WithTags("openai");
        api.MapGetAndHead("models", ListModelsAsync).WithName("ListModels").DescribesModels();
        api.MapGetAndHead("models/{**model}", GetModelAsync).WithName("GetModel").DescribesModel();
        var options = routes.ServiceProvider.GetRequiredService<IOptions<ChatApiOptions>>().Value;
        api.MapPost("chat/completions", PostAsync)
            .WithName("CreateChatCompletion").WithMetadata(new RequestSizeLimitAttribute(options.MaxOpenAIBodyBytes)).DescribesCompletion();
        api.MapGetAndHead("chat/completions/{id}", GetAsync).WithName("GetChatCompletion").DescribesCompletionStatus();
        api.MapGetAndHead("chat/completions/{id}/stream", StreamAsync, new AllowStreamTokenMetadata())
            .WithName("StreamChatCompletion").DescribesCompletionStream();
        api.MapDelete("chat/completions/{id}", DeleteAsync).WithName("CancelChatCompletion").DescribesCompletionCancel();
    }

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
        HttpContext context, JsonBodyReader bodies, CompletionRequestMapper mapper, ChatStreams streams)
    {
        var body = await bodies.ReadAsync(context, OpenAIJsonContext.Default.ChatCompletionRequest);
        var request = body.Then(mapper.Map);
        if (!request.IsSuccess)
        {
            return request.Problem;
        }

        var model = request.Value.Completion.Model;
        var includeUsage = body.Value?.Value.StreamOptions?.IncludeUsage is true;
        return await streams.OpenAsync(context, request.Value, (job, after) =>
            new OpenAIChunkFormatter(job.Id, model, job.CreatedAt.ToUnixTimeSeconds(), after, includeUsage));
    }

    private static async Task<IResult> GetAsync(string id, HttpContext context, ChatStreams streams, StreamLog log)
    {
        var found = await streams.FindAsync(context, StreamId.Read(id));
        if (!found.IsSuccess)
        {
            return found.Problem;
        }

        var job = found.Value;
        var answer = await LoggedAnswer.ReadAsync(log, job);
        if (!answer.IsSuccess)
        {
            return answer.Problem;
        }

        var outline = answer.Value.Outline;
        if (outline.Terminal.Error is { } error)
        {
            return ApiProblems.Failed(error);
        }

        var formatter = new OpenAIChunkFormatter(job.Id, job.Model, job.CreatedAt.ToUnixTimeSeconds(), after: 0, includeUsage: false);
        var result = formatter.Complete(outline);
        return result is JsonHttpResult<ChatCompletionResponse> { Value: { } completion }
            ? answer.Value.ToResult(completion, OpenAIJsonContext.Default.ChatCompletionResponse, "reasoning_content")
            : result;
    }

    private static Task<IResult> StreamAsync(string id, [FromQuery(Name = "include_usage")] bool? includeUsage, HttpContext context, ChatStreams streams) =>
        streams.ResumeAsync(context, StreamId.Read(id), (job, after) =>
            new OpenAIChunkFormatter(job.Id, job.Model, job.CreatedAt.ToUnixTimeSeconds(), after, includeUsage is true));

    private static Task<IResult> DeleteAsync(string id, HttpContext context, ChatStreams streams) => streams.CancelAsync(context, StreamId.Read(id));
}
