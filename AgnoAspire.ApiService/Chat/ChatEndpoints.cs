using AgnoAspire.ApiService.Authentication;
using Microsoft.AspNetCore.Mvc;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The chat API: starts, resumes, reads and cancels chats.</summary>
internal static class ChatEndpoints
{
    public static void AddChatEndpoints(this IServiceCollection services) => services.AddSingleton<ChatRequestMapper>();

    public static void MapChatEndpoints(this IEndpointRouteBuilder routes)
    {
        var chats = routes.MapGroup(StreamId.ChatRoot).WithTags("chat");

        // Not in the group, which would add a trailing slash to the route in spans and metrics.
        var options = routes.ServiceProvider.GetRequiredService<IOptions<ChatApiOptions>>().Value;
        routes.MapPost(StreamId.ChatRoot, PostAsync)
            .WithTags("chat").WithName("Chat").WithMetadata(new RequestSizeLimitAttribute(options.MaxBodyBytes)).DescribesChat();
        chats.MapGetAndHead("{id}", GetAsync).WithName("GetChat").DescribesStatus();
        chats.MapGetAndHead("{id}/stream", StreamAsync, new AllowStreamTokenMetadata()).WithName("StreamChat").DescribesStream();
        chats.MapDelete("{id}", DeleteAsync).WithName("CancelChat").DescribesCancel();
    }

    private static async Task<IResult> PostAsync(HttpContext context, JsonBodyReader bodies, ChatRequestMapper mapper, ChatStreams streams, JobQueue queue)
    {
        var body = await bodies.ReadAsync(context, ChatJsonContext.Default.ChatRequest);
        var request = body.Then(mapper.Map);
        if (!request.IsSuccess)
        {
            return request.Problem;
        }

        var (model, reportsPosition) = (request.Value.Completion.Model, body.Value?.Value.QueuePosition);
        return await streams.OpenAsync(context, request.Value, (job, _) =>
            new ChatChunkFormatter(job.Id, model, QueuePositionReporter.CreateIfRequested(reportsPosition, queue, job.Id, model)));
    }

    private static async Task<IResult> GetAsync(string id, HttpContext context, ChatStreams streams, JobQueue queue, StreamLog log)
    {
        var found = await streams.FindAsync(context, id);
        if (!found.IsSuccess)
        {
            return found.Problem;
        }

        var job = found.Value;
        var position = job.HasEnded ? null : await queue.GetPositionAsync(id);
        var answer = await LoggedAnswer.ReadAsync(log, job);
        if (!answer.IsSuccess)
        {
            return answer.Problem;
        }

        var outline = answer.Value.Outline;
        var terminal = outline.Terminal;
        var status = new ChatStatus(
            id, job.Status, job.Model, job.Provider, position, outline.Content ?? "", outline.Reasoning, job.ChunkCount, terminal.FinishReason,
            terminal.Usage, terminal.Error, terminal.Continuation, terminal.DroppedFields, job.CreatedAt, job.StartedAt, job.EndedAt);
        return answer.Value.ToResult(status, ChatJsonContext.Default.ChatStatus, "reasoning");
    }

    private static Task<IResult> StreamAsync(
        string id, [FromQuery(Name = "queue_position")] bool? queuePosition, HttpContext context, ChatStreams streams, JobQueue queue) =>
        streams.ResumeAsync(context, id, (job, _) =>
            new ChatChunkFormatter(id, job.Model, QueuePositionReporter.CreateIfRequested(queuePosition, queue, id, job.Model)));

    private static Task<IResult> DeleteAsync(string id, HttpContext context, ChatStreams streams) => streams.CancelAsync(context, id);
}
