using System.Globalization;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The native face: the streaming contract, and what it needs to be resumed, read and cancelled.</summary>
internal static class ChatEndpoints
{
    private const string Root = "/api/v1/chat";

    public static void MapChatEndpoints(this IEndpointRouteBuilder routes)
    {
        var chats = routes.MapGroup(Root).WithTags("chat");

        // Not by the group, where its path would end in a slash on every span and metric.
        routes.MapPost(Root, PostAsync).WithTags("chat").WithName("Chat").DescribesChat();
        chats.MapGet("{id}", GetAsync).WithName("GetChat").DescribesJob();
        chats.MapGet("{id}/stream", StreamAsync).WithName("StreamChat").WithMetadata(new AllowStreamTokenMetadata()).DescribesStream();
        chats.MapDelete("{id}", DeleteAsync).WithName("CancelChat").DescribesCancel();
    }

    public static string PathOf(string jobId) => $"{Root}/{jobId}";

    private static async Task<IResult> PostAsync(
        HttpContext context, ChatRequestReader reader, ChatAdmission admission, SseRelay relay, JobQueue queue, ShutdownCoordinator drain)
    {
        var (request, problem) = await reader.ReadAsync(context, ChatJsonContext.Default.ChatRequest);
        problem ??= request is null ? null : reader.Validate(request);
        if (problem is not null)
        {
            return problem;
        }

        var completion = ChatRequestReader.Completion(request!);
        var policy = request!.OnDisconnect == "continue" ? DisconnectPolicy.Continue : DisconnectPolicy.Cancel;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.StreamsAborted);
        var (job, refusal) = await admission.AdmitAsync(context, completion, policy, watching.Token);
        if (job is null)
        {
            return refusal!;
        }

        await using var viewer = job.Viewer;
        if (request.Stream is true)
        {
            await relay.RelayAsync(context, job.Id, viewer, new ChatChunkFormatter(completion.Model), QueuePositionReporter.CreateIfRequested(request.QueuePosition, queue, job.Id, completion.Model));
            return TypedResults.Empty;
        }

        return await AnswerAsync(context, job, completion.Model);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, AdmittedJob job, string model)
    {
        context.Response.Headers["X-Stream-Id"] = job.Id;
        context.Response.Headers.Location = PathOf(job.Id);
        try
        {
            var (content, terminal) = await CompletionAggregator.CollectAsync(job.Viewer, model);
            return terminal.Error is { } error
                ? ApiProblems.Failed(StatusOf(error.Code), error.Code, error.Message)
                : TypedResults.Json(
                    new ChatResult(job.Id, model, new Message(MessageRole.Assistant, content), content, terminal.FinishReason!, terminal.Usage, true),
                    ChatJsonContext.Default.ChatResult);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            ApiProblems.RetryAfter(context, TimeSpan.FromSeconds(1));
            return ApiProblems.ShuttingDown();
        }
    }

    private static async Task<IResult> GetAsync(string id, HttpContext context, JobStore jobs, JobQueue queue, StreamLog log)
    {
        var (job, problem) = await FindAsync(id, context, jobs);
        if (job is null)
        {
            return problem!;
        }

        var ahead = job.HasEnded ? null : await queue.GetPositionAsync(id);
        var chunks = (await log.ReadAllAsync(id)).Select(chunk => ChatChunk.Parse(chunk.Bytes.Span)).ToArray();
        var terminal = chunks.LastOrDefault(chunk => chunk.Done);
        var view = new ChatStatus
        {
            Id = id,
            Status = job.Status,
            Model = job.Model,
            Provider = job.Provider,
            QueuePosition = ahead,
            Content = string.Concat(chunks.Select(chunk => chunk.Content)),
            LastEventId = chunks.Length,
            FinishReason = terminal?.FinishReason,
            Usage = terminal?.Usage,
            Error = terminal?.Error,
            Continuation = terminal?.Continuation,
            CreatedAt = job.CreatedAt,
            StartedAt = job.StartedAt,
            EndedAt = job.EndedAt,
        };
        return TypedResults.Json(view, ChatJsonContext.Default.ChatStatus);
    }

    private static async Task<IResult> StreamAsync(
        string id, [FromQuery(Name = "queue_position")] bool? queuePosition, HttpContext context, JobStore jobs, JobQueue queue, LiveRelay streams, SseRelay relay, ShutdownCoordinator drain, IOptions<ChatApiOptions> options)
    {
        if (!TryReadLastEventId(context, out var after))
        {
            return ApiProblems.BadLastEventId();
        }

        var (job, problem) = await FindAsync(id, context, jobs);
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

        RequestTelemetry.Describe(context, id, job.TraceParent);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.StreamsAborted);
        await using var viewer = await streams.WatchAsync(id, after, options.Value.KeepAliveInterval, watching.Token);
        await relay.RelayAsync(context, id, viewer, new ChatChunkFormatter(job.Model), QueuePositionReporter.CreateIfRequested(queuePosition, queue, id, job.Model));
        return TypedResults.Empty;
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, JobStore jobs, JobCanceller canceller)
    {
        var (job, problem) = await FindAsync(id, context, jobs);
        if (job is null)
        {
            return problem!.StatusCode == StatusCodes.Status410Gone ? TypedResults.NoContent() : problem;
        }

        return await canceller.CancelAsync(id) ? TypedResults.NoContent() : ApiProblems.UnknownJob();
    }

    /// <summary>The caller's own job; another's cannot be told from one that never was.</summary>
    public static async Task<(JobSnapshot? Job, ProblemHttpResult? Problem)> FindAsync(string id, HttpContext context, JobStore jobs)
    {
        var job = JobId.IsWellFormed(id) ? await jobs.ReadAsync(id) : null;
        if (job is null || job.Owner != Caller.Of(context))
        {
            return (null, ApiProblems.UnknownJob());
        }

        return job.HasExpired ? (null, ApiProblems.Expired()) : (job, null);
    }

    /// <summary>After which chunk a stream is wanted: 0 from its start. False when the header is no such number.</summary>
    public static bool TryReadLastEventId(HttpContext context, out long after)
    {
        after = 0;
        var given = context.Request.Headers["Last-Event-ID"].ToString();
        return given.Length == 0 || long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out after);
    }

    /// <summary>The status of an answer in one piece that failed.</summary>
    public static int StatusOf(string errorCode) => errorCode switch
    {
        ErrorCode.ProviderTimeout => StatusCodes.Status504GatewayTimeout,
        ErrorCode.ProviderRateLimited or ErrorCode.ProviderUnavailable or ErrorCode.ModelUnavailable or ErrorCode.AttemptsExhausted
            or ErrorCode.WorkerLost or ErrorCode.StreamLost => StatusCodes.Status503ServiceUnavailable,
        ErrorCode.Internal => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status502BadGateway,
    };
}
