using System.Diagnostics.Metrics;

namespace AgnoAspire.ChatJobs.Telemetry;

/// <summary>Our instruments: every name, unit and meaning. Durations are in seconds.</summary>
public sealed class ChatJobsMetrics : IDisposable
{
    // To the millisecond where Redis answers, to the hour where answers and queues last.
    private static readonly InstrumentAdvice<double> Short =
        new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] };
    private static readonly InstrumentAdvice<double> Wait =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] };
    private static readonly InstrumentAdvice<double> Long =
        new() { HistogramBucketBoundaries = [0.1, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1800, 3600] };

    private readonly Meter meter;
    private readonly Counter<long> admissions;
    private readonly Histogram<double> queueWait;
    private readonly Counter<long> redeliveries;
    private readonly Counter<long> requeues;
    private readonly Counter<long> ended;
    private readonly Counter<long> continuations;
    private readonly Histogram<double> runDuration;
    private readonly Histogram<double> jobFirstChunk;
    private readonly Counter<long> chunks;
    private readonly Counter<long> restored;
    private readonly Counter<long> refused;
    private readonly Counter<long> failedAppends;
    private readonly Histogram<double> appendDuration;
    private readonly Histogram<double> viewerFirstChunk;
    private readonly Histogram<double> viewerDuration;
    private readonly Counter<long> logReads;
    private readonly Counter<long> recovered;
    private readonly Histogram<double> relayLag;
    private readonly Counter<long> redisFailures;

    /// <summary>Creates the instruments.</summary>
    public ChatJobsMetrics(IMeterFactory meters)
    {
        meter = meters.Create(ChatTelemetry.Name);
        admissions = meter.CreateCounter<long>("agno.queue.admissions", "{job}", "Jobs that asked for a place in the queue, by what it said.");
        queueWait = meter.CreateHistogram("agno.queue.wait", "s", "From admission until a worker began the job, by Redis' clock.", null, Wait);
        redeliveries = meter.CreateCounter<long>("agno.queue.redeliveries", "{job}", "Jobs given back to the queue because their worker went silent.");
        requeues = meter.CreateCounter<long>("agno.queue.requeues", "{job}", "Jobs that a stopping worker gave back.");
        ended = meter.CreateCounter<long>("agno.jobs.ended", "{job}", "Streams that got their terminal chunk, by outcome.");
        continuations = meter.CreateCounter<long>("agno.job.continuations", "{continuation}", "Answers that another endpoint continued.");
        runDuration = meter.CreateHistogram("agno.job.run.duration", "s", "How long one attempt of a worker took, by outcome.", null, Long);
        jobFirstChunk = meter.CreateHistogram("agno.job.time_to_first_chunk", "s", "From admission until the first chunk was in the log.", null, Wait);
        chunks = meter.CreateCounter<long>("agno.log.chunks", "{chunk}", "Chunks appended.");
        restored = meter.CreateCounter<long>("agno.log.chunks.restored", "{chunk}", "Chunks appended again because Redis came back without them.");
        refused = meter.CreateCounter<long>("agno.log.appends.refused", "{append}", "Appends refused, by why.");
        failedAppends = meter.CreateCounter<long>("agno.log.appends.failed", "{append}", "Appends that Redis did not answer; they are tried again.");
        appendDuration = meter.CreateHistogram("agno.log.append.duration", "s", "How long Redis took to answer an append.", null, Short);
        viewerFirstChunk = meter.CreateHistogram(
            "agno.viewer.time_to_first_chunk", "s", "How long a viewer that came before the first chunk waited for it.", null, Wait);
        viewerDuration = meter.CreateHistogram("agno.viewer.duration", "s", "How long a viewer watched, by how it left.", null, Long);
        logReads = meter.CreateCounter<long>("agno.viewer.log_reads", "{read}", "Reads of the log by viewers that were too far behind for the window.");
        recovered = meter.CreateCounter<long>("agno.relay.chunks.recovered", "{chunk}", "Chunks that publish/subscribe did not bring and the log did.");
        redisFailures = meter.CreateCounter<long>("agno.redis.failures", "{failure}", "Commands that Redis refused or did not answer, by why.");
        relayLag = meter.CreateHistogram("agno.relay.lag", "s", "How long a probe took through publish/subscribe, from this process and back.", null, Short);
    }

    /// <summary>Shows what a worker does.</summary>
    public void ObserveWorker(Func<int> running, int slots)
    {
        meter.CreateObservableUpDownCounter("agno.worker.jobs", running, "{job}", "Jobs this worker runs.");
        meter.CreateObservableUpDownCounter("agno.worker.max_concurrent_jobs", () => slots, "{job}", "Jobs this worker may run at once.");
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    internal void Enqueued(EnqueueStatus admission) =>
        admissions.Add(1, new KeyValuePair<string, object?>(ChatTelemetry.AdmissionAttribute, NameOf(admission)));

    internal void Waited(string model, TimeSpan time) => queueWait.Record(time.TotalSeconds, Model(model));

    internal void Redelivered(int jobs) => AddSome(redeliveries, jobs);

    /// <summary>Counts an answer that was continued after a failure of its provider.</summary>
    public void Continued(string model, string policy, string errorCode) => continuations.Add(
        1, Model(model), new(ChatTelemetry.ContinuationAttribute, policy), new KeyValuePair<string, object?>(ChatTelemetry.ErrorAttribute, errorCode));

    internal void Requeued() => requeues.Add(1);

    internal void Ran(string model, string outcome, string? errorCode, TimeSpan time) => runDuration.Record(time.TotalSeconds, Tags(model, outcome, errorCode));

    internal void Ended(string model, string finishReason, string? errorCode) => ended.Add(1, Tags(model, finishReason, errorCode));

    internal void FirstChunkLogged(string model, TimeSpan time) => jobFirstChunk.Record(time.TotalSeconds, Model(model));

    internal void Appended(WriterStatus outcome, bool isRestored, TimeSpan time)
    {
        appendDuration.Record(time.TotalSeconds);
        if (outcome == WriterStatus.Active)
        {
            (isRestored ? restored : chunks).Add(1);
        }
        else
        {
            refused.Add(1, new KeyValuePair<string, object?>(ChatTelemetry.RefusalAttribute, NameOf(outcome)));
        }
    }

    internal void AppendFailed() => failedAppends.Add(1);

    internal void FirstChunkViewed(TimeSpan time) => viewerFirstChunk.Record(time.TotalSeconds);

    internal void ViewerLeft(string outcome, TimeSpan time) =>
        viewerDuration.Record(time.TotalSeconds, new KeyValuePair<string, object?>(ChatTelemetry.ViewerAttribute, outcome));

    internal void ReadLog() => logReads.Add(1);

    internal void Recovered(int chunkCount) => AddSome(recovered, chunkCount);

    internal void RedisFailed(string code) => redisFailures.Add(1, new KeyValuePair<string, object?>(ChatTelemetry.RedisFailureAttribute, code));

    /// <summary>Gets whether anybody looks at the relay's lag.</summary>
    internal bool IsLagWatched => relayLag.Enabled;

    internal void Lagged(TimeSpan time) => relayLag.Record(time.TotalSeconds);

    /// <summary>Shows what a relay does.</summary>
    internal void ObserveRelay(Func<int> streams, Func<int> viewers)
    {
        meter.CreateObservableUpDownCounter("agno.relay.streams", streams, "{stream}", "Streams that are live in this process.");
        meter.CreateObservableUpDownCounter("agno.relay.viewers", viewers, "{viewer}", "Viewers that look at them.");
    }

    /// <summary>Shows the queue, as last read; nothing while it cannot be read. Every process shows the same queue: take the highest, not the sum.</summary>
    /// <returns>Tells whether the gauges are read.</returns>
    internal Func<bool> ObserveQueue(Func<QueueStats?> reading)
    {
        var depth = Gauge("agno.queue.depth", "{job}", "Jobs that wait.", queue => queue.Waiting);
        Gauge("agno.queue.claimed", "{job}", "Jobs that workers hold.", queue => queue.Claimed);
        Gauge("agno.queue.dead_letters", "{job}", "Jobs that were tried as often as allowed and are kept.", queue => queue.DeadLetters);
        Gauge("agno.queue.paused", "1", "1 while an operator has paused the queue, else 0.", queue => queue.Paused ? 1 : 0);
        return () => depth.Enabled;

        ObservableGauge<long> Gauge(string name, string unit, string meaning, Func<QueueStats, long> value) => meter.CreateObservableGauge(
            name, () => reading() is { } queue ? [new Measurement<long>(value(queue))] : Array.Empty<Measurement<long>>(), unit, meaning);
    }

    private static void AddSome(Counter<long> counter, int count)
    {
        if (count > 0)
        {
            counter.Add(count);
        }
    }

    private static KeyValuePair<string, object?> Model(string model) => new(ChatTelemetry.ModelAttribute, model);

    private static TagList Tags(string model, string outcome, string? errorCode)
    {
        var tags = new TagList { Model(model), new(ChatTelemetry.OutcomeAttribute, outcome) };
        if (errorCode is not null)
        {
            tags.Add(ChatTelemetry.ErrorAttribute, errorCode);
        }

        return tags;
    }

    private static string NameOf(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
