namespace AgnoAspire.ChatJobs.Telemetry;

/// <summary>
/// Every name but those of the instruments (<see cref="ChatJobsMetrics"/>) under which this application shows itself to OpenTelemetry.
/// Whatever begins with <c>AgnoAspire.</c> is collected by every service.
/// </summary>
public static class ChatTelemetry
{
    /// <summary>The name of our activity source and of our meter.</summary>
    public const string Name = "AgnoAspire.ChatJobs";

    /// <summary>The name of the source and the meter of inference, which follow the GenAI semantic conventions.</summary>
    public const string Inference = "AgnoAspire.Inference";

    /// <summary>The span of admission, until the job is in the queue (producer).</summary>
    public const string EnqueueSpan = "enqueue chat_jobs";

    /// <summary>The span from admission to the worker that begins the job (internal).</summary>
    public const string WaitSpan = "wait in chat_jobs";

    /// <summary>The span of one attempt of a worker (consumer).</summary>
    public const string RunSpan = "run chat_jobs";

    /// <summary>The event when the first chunk is in the log, and when a viewer reads it.</summary>
    public const string FirstChunkEvent = "agno.first_chunk";

    /// <summary>The attribute with the id of the job; also on the spans of requests.</summary>
    public const string JobIdAttribute = "agno.job.id";

    /// <summary>The attribute with how often the job was claimed.</summary>
    public const string AttemptAttribute = "agno.job.attempt";

    /// <summary>
    /// The attribute with how a job or an attempt ended: a finish reason (<c>stop</c>, <c>length</c>, <c>content_filter</c>, <c>cancelled</c>,
    /// <c>error</c>), for an attempt also <c>requeued</c>, <c>lost</c> or <c>crashed</c>.
    /// </summary>
    public const string OutcomeAttribute = "agno.job.outcome";

    /// <summary>The attribute with what the queue said: <c>accepted</c>, <c>queue_full</c> or <c>caller_full</c>.</summary>
    public const string AdmissionAttribute = "agno.admission.outcome";

    /// <summary>The attribute with why an append was refused: <c>cancelled</c>, <c>fenced</c> or <c>gone</c>.</summary>
    public const string RefusalAttribute = "agno.append.refusal";

    /// <summary>The attribute with how a viewer left: <c>ended</c>, <c>left</c> or <c>lost</c>.</summary>
    public const string ViewerAttribute = "agno.viewer.outcome";

    /// <summary>The attribute with a chunk's or the whole answer's number of chunks.</summary>
    public const string ChunkCountAttribute = "agno.chunk.count";

    /// <summary>The attribute of a request's duration that says whose it is: <c>answer</c> for a request that lasts as long as its answer.</summary>
    public const string DurationAttribute = "agno.duration.of";

    internal const string ContinuationAttribute = "agno.job.continuation";
    internal const string RedisFailureAttribute = "agno.redis.failure";
    internal const string ModelAttribute = "gen_ai.request.model";
    internal const string ErrorAttribute = "error.type";
    internal const string Destination = "chat_jobs";

    /// <summary>Gets the source of our spans.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>Starts the span of an admission. It belongs to the request that is running, and the job's other spans belong to it.</summary>
    public static Activity? Enqueue(string jobId, string model)
    {
        var span = Source.StartActivity(EnqueueSpan, ActivityKind.Producer);
        return Describe(span, jobId, model, "enqueue", "send");
    }

    // The messaging conventions, as far as they fit a queue of our own; the Aspire dashboard reads the operation by its older name.
    internal static Activity? Describe(Activity? span, string jobId, string model, string operation, string operationType) => span?
        .SetTag("messaging.system", "redis")
        .SetTag("messaging.destination.name", Destination)
        .SetTag("messaging.operation", operation)
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.operation.type", operationType)
        .SetTag("messaging.message.id", jobId)
        .SetTag(JobIdAttribute, jobId)
        .SetTag(ModelAttribute, model);
}
