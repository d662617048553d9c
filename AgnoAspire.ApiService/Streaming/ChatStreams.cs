using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs.Cancellation;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>Opens, resumes, finds and cancels chats for every API.</summary>
internal sealed class ChatStreams(
    ChatAdmission admission, JobStore jobs, JobCanceller canceller, LiveRelay relay, SseRelay sse, ViewerLimits viewers)
{
    /// <summary>
    /// Submits a chat and responds with its stream, or with the whole completion. With <c>Last-Event-ID</c> and the idempotency key of a known chat,
    /// its stream continues: so do clients that repeat a POST.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="format">Creates the formatter of the API for the job and the last event received.</param>
    public async Task<IResult> OpenAsync(HttpContext context, OpenRequest request, Func<AdmittedJob, long, IChunkFormatter> format)
    {
        if (!TryReadLastEventId(context, out var after))
        {
            return ApiProblems.BadLastEventId();
        }

        var entered = viewers.Enter(context, context.Caller());
        if (!entered.IsSuccess)
        {
            return entered.Problem;
        }

        using var place = entered.Value;
        var (model, isStreamed) = (request.Completion.Model, request.IsStreamed);
        var admitted = await admission.AdmitAsync(context, request.Completion, request.OnDisconnect, isStreamed ? after : 0, place.Token);

        // Or a large request stays in memory as long as its stream.
        request = null!;
        JsonBodyReader.Release(context);
        if (!admitted.IsSuccess)
        {
            return admitted.Problem;
        }

        await using var viewer = admitted.Value.Viewer;
        var joined = viewers.Join(context, place, admitted.Value.Id);
        if (!joined.IsSuccess)
        {
            return joined.Problem;
        }

        var formatter = format(admitted.Value, after);
        context.Response.Headers["X-Stream-Id"] = admitted.Value.Id;
        context.Response.Headers.Location = StreamId.RelativeTo(context.Request, formatter.Path);
        if (!isStreamed)
        {
            var completion = await CompletionAggregator.ReadAsync(viewer, model);
            return completion.Terminal.Error is { } failure ? ApiProblems.Failed(context, failure) : formatter.Complete(completion);
        }

        return await sse.RelayAsync(context, viewer, formatter, isNew: after == 0) is { } error ? ApiProblems.Failed(context, error) : TypedResults.Empty;
    }

    /// <summary>Responds with the events of a stream after <c>Last-Event-ID</c>; 204 if there are none left.</summary>
    public async Task<IResult> ResumeAsync(HttpContext context, string jobId, Func<JobSnapshot, long, IChunkFormatter> format)
    {
        if (!TryReadLastEventId(context, out var after))
        {
            return ApiProblems.BadLastEventId();
        }

        var found = await FindAsync(context, jobId);
        if (!found.IsSuccess)
        {
            return found.Problem;
        }

        var job = found.Value;
        if (after >= job.ChunkCount && job.HasEnded)
        {
            return TypedResults.NoContent();
        }

        if (after > job.ChunkCount)
        {
            return ApiProblems.BadLastEventId();
        }

        var formatter = format(job, after);
        context.Response.Headers["X-Stream-Id"] = jobId;
        context.Response.Headers.Location = StreamId.RelativeTo(context.Request, formatter.Path);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            await sse.StartAsync(context);
            return TypedResults.Empty;
        }

        RequestTelemetry.Describe(context, jobId, job.TraceParent);
        var entered = viewers.Enter(context, job.Owner).Then(place => viewers.Join(context, place, jobId));
        if (!entered.IsSuccess)
        {
            return entered.Problem;
        }

        using var place = entered.Value;
        await using var viewer = await relay.WatchAsync(jobId, after, sse.KeepAliveInterval, place.Token);
        await sse.RelayAsync(context, viewer, formatter);
        return TypedResults.Empty;
    }

    /// <summary>Cancels a chat; 204 for a finished one, too.</summary>
    public async Task<IResult> CancelAsync(HttpContext context, string jobId)
    {
        var found = await FindAsync(context, jobId);
        if (!found.IsSuccess)
        {
            return found.Problem.StatusCode == StatusCodes.Status410Gone ? TypedResults.NoContent() : found.Problem;
        }

        return await canceller.CancelAsync(jobId) ? TypedResults.NoContent() : ApiProblems.UnknownJob();
    }

    /// <summary>Finds a job of the caller; a job of another caller is reported like one that does not exist.</summary>
    public async Task<Result<JobSnapshot>> FindAsync(HttpContext context, string jobId)
    {
        var job = JobId.IsWellFormed(jobId) ? await jobs.ReadAsync(jobId) : null;
        return job is null || job.Owner != context.Caller() ? ApiProblems.UnknownJob()
            : job.HasExpired ? ApiProblems.Expired()
            : job;
    }

    private static bool TryReadLastEventId(HttpContext context, out long after)
    {
        after = 0;
        var id = context.Request.Headers["Last-Event-ID"].ToString();

        // Where a client cannot set headers, its EventSource replacement sends a parameter.
        id = id.Length > 0 ? id : context.Request.Query["lastEventId"].ToString();
        return id.Length == 0 || long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out after);
    }
}

/// <summary>A request to run a chat completion.</summary>
/// <param name="Completion">What the model is asked for.</param>
/// <param name="IsStreamed">Whether the response is a stream of events.</param>
/// <param name="OnDisconnect">What happens to the job when its last viewer has left.</param>
internal sealed record OpenRequest(ChatCompletion Completion, bool IsStreamed, DisconnectPolicy OnDisconnect = DisconnectPolicy.Cancel);
