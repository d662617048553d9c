using AgnoAspire.Worker.Catalog;

namespace AgnoAspire.Worker.Processing;

/// <summary>Runs one claimed job to its terminal chunk, or leaves it to the worker that holds it next.</summary>
internal sealed partial class JobRunner(
    JobLifecycle lifecycle, ModelCatalog catalog, AnswerGenerator generator, EndedStreams ended, ChatJobsMetrics metrics, TimeProvider time,
    ILogger<JobRunner> logger)
{
    /// <summary>Gets the longest time that an answer may take.</summary>
    public TimeSpan LongestAnswer => catalog.LongestAnswer;

    /// <summary>Runs the job. After the drain timeout it is requeued, which is retried during an outage of Redis until <paramref name="shutdown"/>.</summary>
    public async Task RunAsync(JobExecution execution, CancellationToken shutdown = default)
    {
        var claim = execution.Claim;
        try
        {
            if (await lifecycle.StartAsync(claim, execution.Stopping) is not (var job, var sent))
            {
                execution.IsReleasing = true;
                await lifecycle.DropAsync(claim, shutdown);
                return;
            }

            execution.Job = job;
            using var activity = JobAttemptActivity.Start(job, metrics, time);
            await using var writer = lifecycle.OpenWriter(job, sent, execution.Relinquishing);
            await RunAsync(execution, job, SentAnswer.From(sent), writer, activity, shutdown);
        }
        catch (OperationCanceledException) when (execution.Stopping.IsCancellationRequested && !shutdown.IsCancellationRequested)
        {
            // Stopped before it started, during an outage of Redis. The next attempt ends a cancelled job at once.
            await lifecycle.RequeueAsync(claim, shutdown);
        }
    }

    private async Task RunAsync(
        JobExecution execution, ClaimedJob job, SentAnswer sent, ChunkWriter writer, JobAttemptActivity activity, CancellationToken shutdown)
    {
        var claim = job.Claim;
        catalog.TryGet(job.Completion.Model, out var model);
        var outcome = await generator.RunAsync(
            model,
            job,
            sent,
            execution,
            (delta, stop) => delta.Call is { } call ? writer.WriteAsync(call, stop)
                : delta.Reasoning is { } reasoning ? writer.WriteReasoningAsync(reasoning, stop)
                : writer.WriteAsync(delta.Text!, stop),
            writer.Stopped)
            ?? (writer.Status == WriterStatus.Cancelled ? JobOutcome.Cancelled : null);
        if (outcome is null)
        {
            await RelinquishAsync(execution, writer, activity, shutdown);
            return;
        }

        writer.Continuation = outcome.Continuation?.ToString().ToLowerInvariant();
        foreach (var failure in outcome.ProviderFailures)
        {
            metrics.Continued(job.Completion.Model, writer.Continuation ?? "restart", failure);
        }

        writer.ProviderFinishReason = outcome.ProviderFinishReason;
        var status = await writer.CompleteAsync(outcome.FinishReason, outcome.Usage, outcome.Error);
        if (status == WriterStatus.Unavailable)
        {
            await RelinquishAsync(execution, writer, activity, shutdown);
            return;
        }

        if (status != WriterStatus.Active)
        {
            activity.End(JobAttemptActivity.Lost, errorCode: null, writer.ChunkCount);
            LogLost(claim.JobId, writer.Status);
            execution.IsReleasing = true;
            await lifecycle.DropAsync(claim, shutdown);
            return;
        }

        ended.Add(writer.Ended!);
        activity.End(outcome.FinishReason, outcome.Error?.Code, writer.ChunkCount);
        LogFinished(claim.JobId, outcome.Error?.Code ?? outcome.FinishReason, writer.ChunkCount, job.Attempt);
        execution.IsReleasing = true;
        await lifecycle.ReleaseAsync(claim, outcome.Error?.Code == ErrorCode.AttemptsExhausted && job.Completion.IsStored, shutdown);
    }

    // Leaves a job that has not ended to another worker: requeued at shutdown, else after its lease, which is lost or not renewed any more.
    private async Task RelinquishAsync(JobExecution execution, ChunkWriter writer, JobAttemptActivity activity, CancellationToken shutdown)
    {
        if (!execution.IsDraining)
        {
            activity.End(JobAttemptActivity.Lost, errorCode: null, writer.ChunkCount);
            LogLost(execution.Claim.JobId, writer.Status);
            return;
        }

        await writer.FlushAsync();
        await lifecycle.RequeueAsync(execution.Claim, shutdown);
        activity.End(JobAttemptActivity.Requeued, errorCode: null, writer.ChunkCount);
        LogRequeued(execution.Claim.JobId, writer.ChunkCount);
    }

    [LoggerMessage(LogLevel.Information, "Job {JobId} finished: {FinishReason} after {ChunkCount} chunks, attempt {Attempt}.")]
    private partial void LogFinished(string jobId, string finishReason, long chunkCount, int attempt);

    [LoggerMessage(LogLevel.Warning, "Job {JobId} is no longer held by this worker ({Status}).")]
    private partial void LogLost(string jobId, WriterStatus status);

    [LoggerMessage(LogLevel.Information, "Job {JobId} was requeued after {ChunkCount} chunks.")]
    private partial void LogRequeued(string jobId, long chunkCount);
}
