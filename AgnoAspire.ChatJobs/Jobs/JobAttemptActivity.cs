namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>One attempt of a worker, as telemetry sees it: the time the job waited, a span that goes on with the caller's trace, and how it ended.</summary>
public sealed class JobAttemptActivity : IDisposable
{
    /// <summary>The outcome of an attempt that a stopping worker gave back.</summary>
    public const string Requeued = "requeued";

    /// <summary>The outcome of an attempt whose job somebody else holds now.</summary>
    public const string Lost = "lost";

    private const string Crashed = "crashed";

    private readonly ChatJobsMetrics metrics;
    private readonly TimeProvider time;
    private readonly string model;
    private readonly Activity? span;
    private readonly long began;
    private string outcome = Crashed;
    private string? error = Crashed;

    private JobAttemptActivity(ClaimedJob job, ChatJobsMetrics metrics, TimeProvider time)
    {
        this.metrics = metrics;
        this.time = time;
        model = job.Completion.Model;
        began = time.GetTimestamp();

        ActivityContext.TryParse(job.TraceParent, job.TraceState, isRemote: true, out var request);
        RecordWait(job, request, time.GetUtcNow());
        span = ChatTelemetry.Source.StartActivity(ChatTelemetry.RunSpan, ActivityKind.Consumer, request);
        ChatTelemetry.Describe(span, job.Claim.JobId, model, "run", "process")?.SetTag(ChatTelemetry.AttemptAttribute, job.Attempt);
        if (job.QueueTime is { } waited)
        {
            metrics.Waited(model, waited);
        }
    }

    /// <summary>Begins the attempt; what this flow of control does from here on belongs to its span.</summary>
    public static JobAttemptActivity Start(ClaimedJob job, ChatJobsMetrics metrics, TimeProvider time) => new(job, metrics, time);

    /// <summary>Reports a finish reason, <see cref="Requeued"/> or <see cref="Lost"/>; without this the attempt counts as crashed.</summary>
    public void End(string how, string? errorCode, long chunkCount)
    {
        outcome = how;
        error = errorCode;
        span?.SetTag(ChatTelemetry.ChunkCountAttribute, chunkCount);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        metrics.Ran(model, outcome, error, time.GetElapsedTime(began));
        span?.SetTag(ChatTelemetry.OutcomeAttribute, outcome);
        if (error is not null)
        {
            span?.SetTag(ChatTelemetry.ErrorAttribute, error).SetStatus(ActivityStatusCode.Error, error);
        }

        span?.Dispose();
    }

    private static void RecordWait(ClaimedJob job, ActivityContext request, DateTimeOffset until)
    {
        if (job.QueueTime is { } waited)
        {
            using var span = ChatTelemetry.Source.StartActivity(ChatTelemetry.WaitSpan, ActivityKind.Internal, request, startTime: until - waited);
            span?.SetTag(ChatTelemetry.JobIdAttribute, job.Claim.JobId).SetEndTime(until.UtcDateTime);
        }
    }
}
