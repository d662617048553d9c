using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Processing;

/// <summary>Runs one claimed job to its terminal chunk, or leaves it to whoever holds it next.</summary>
internal sealed partial class JobRunner(
    JobQueue queue,
    JobStore jobs,
    RateLimits limits,
    StreamLog log,
    ModelCatalog catalogue,
    ChatJobsMetrics metrics,
    TimeProvider time,
    IOptions<ChatJobsOptions> jobOptions,
    IOptions<WorkerOptions> options,
    ILogger<JobRunner> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly string Worker = $"{Environment.MachineName}:{Environment.ProcessId}";

    public async Task RunAsync(JobExecution running)
    {
        var claim = running.Claim;
        if (await StartAsync(running) is not (var job, var sent))
        {
            await queue.ReleaseAsync(claim);
            return;
        }

        using var run = JobAttemptActivity.Start(job, metrics, time);
        await using var writer = log.OpenWriter(job, sent);
        var ending = await DetermineOutcomeAsync(running, job, writer, Text(sent), sent.Any(HasCalls));
        if (ending is null)
        {
            await RelinquishAsync(running, writer, run);
            return;
        }

        if (await writer.CompleteAsync(ending.FinishReason, ending.Usage, ending.Error) == WriterStatus.Active)
        {
            await SettleAsync(job, writer.CountTokens(ending.Usage));
            run.End(ending.FinishReason, ending.Error?.Code, writer.ChunkCount);
            LogFinished(claim.JobId, ending.Error?.Code ?? ending.FinishReason, writer.ChunkCount, claim.Attempt);
            await queue.ReleaseAsync(claim, asDeadLetter: ending.Error?.Code == ErrorCode.AttemptsExhausted);
        }
        else
        {
            run.End(JobAttemptActivity.Lost, errorCode: null, writer.ChunkCount);
            LogLost(claim.JobId, writer.Status);
            await queue.ReleaseAsync(claim);
        }
    }

    // The job and what was sent of it. While Redis is unavailable the claim is kept, as a running job is: giving it up would cost an attempt.
    private async Task<(ClaimedJob Job, IReadOnlyList<SequencedChunk> Sent)?> StartAsync(JobExecution running)
    {
        while (true)
        {
            try
            {
                return await jobs.StartAsync(running.Claim, Worker) is { } job
                    ? (job, job.ChunkCount > 0 ? await log.ReadAllAsync(running.Claim.JobId) : [])
                    : null;
            }
            catch (ChatJobsUnavailableException exception)
            {
                LogRedisUnavailable(running.Claim.JobId, exception.Fault);
                await Task.Delay(Pause, time, running.Stopping);
            }
        }
    }

    // While Redis is unavailable the reservation stands until its minute is over.
    private async Task SettleAsync(ClaimedJob job, long tokens)
    {
        try
        {
            await limits.SettleAsync(job.Owner, job.Claim.JobId, tokens);
        }
        catch (ChatJobsUnavailableException exception)
        {
            LogRedisUnavailable(job.Claim.JobId, exception.Fault);
        }
    }

    private static string Text(IReadOnlyList<SequencedChunk> sent) => string.Concat(sent.Select(chunk => ChatChunk.Parse(chunk.Bytes.Span).Content));

    // No model repeats a call exactly, so one that began cannot be continued.
    private static bool HasCalls(SequencedChunk chunk) => ChatChunk.Parse(chunk.Bytes.Span).ToolCalls is not null;

    // How the stream ends, or null when it is not this worker's to end.
    private async Task<JobOutcome?> DetermineOutcomeAsync(JobExecution running, ClaimedJob job, ChunkWriter writer, string sent, bool hasCalls)
    {
        if (job.Cancelled)
        {
            return JobOutcome.Cancelled;
        }

        if (job.Claim.Attempt > jobOptions.Value.MaxAttempts)
        {
            return JobOutcome.Failed(ErrorCode.AttemptsExhausted, $"The job was tried {jobOptions.Value.MaxAttempts} times and its worker was lost each time; ask again.");
        }

        if (!catalogue.TryGet(job.Completion.Model, out var model))
        {
            return JobOutcome.Failed(ErrorCode.ModelUnavailable, "No worker serves this model any more; choose another one.");
        }

        var continuation = hasCalls ? ContinuationPolicy.Fail : model.Continuation;
        writer.Continuation = hasCalls || sent.Length > 0 ? continuation.ToString().ToLowerInvariant() : null;
        if (writer.Continuation is not null && continuation == ContinuationPolicy.Fail)
        {
            return JobOutcome.Failed(ErrorCode.WorkerLost, "The worker was lost in mid-answer; the text so far is kept. Ask again for a whole answer.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(running.Stopping, writer.Stopped);
        try
        {
            return await GenerateAsync(running, model, job.Completion, sent, writer, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return writer.Status == WriterStatus.Cancelled || running.Reason == StopReason.Cancelled ? JobOutcome.Cancelled : null;
        }
        catch (InferenceException failure)
        {
            LogFailed(job.Claim.JobId, failure.Code, failure.Message);
            return JobOutcome.Failed(failure.Code, failure.Message);
        }
        catch (Exception exception)
        {
            // The door of the runner: an unforeseen fault ends this stream, typed, and nothing else.
            LogFault(job.Claim.JobId, exception);
            return JobOutcome.Failed(ErrorCode.Internal, "The answer could not be finished because of a fault of ours; ask again.");
        }
    }

    private async Task<JobOutcome> GenerateAsync(
        JobExecution running, ServedModel model, ChatCompletion completion, string sent, ChunkWriter writer, CancellationToken stop)
    {
        var prefix = sent.Length > 0 && model.Continuation == ContinuationPolicy.Prefix ? sent : null;
        var replay = new ReplayVerifier(prefix is null ? sent : "");
        var length = sent.Length;
        await foreach (var piece in model.StreamAsync(completion, prefix, running.Yield, stop))
        {
            if (piece.Text is { Length: > 0 } text && replay.Accept(text) is { Length: > 0 } fresh)
            {
                length += fresh.Length;
                await writer.WriteAsync(fresh, stop);
            }

            if (piece.Call is { } call)
            {
                length += call.Function.Arguments.Length;
                await writer.WriteAsync(call, stop);
            }

            if (piece.FinishReason is { } reason)
            {
                return replay.IsComplete ? new JobOutcome(reason, piece.Usage, null) : throw ReplayVerifier.Diverged();
            }

            if (length > options.Value.MaxAnswerLength)
            {
                return new JobOutcome(FinishReason.Length, null, null);
            }
        }

        throw new InferenceException(ErrorCode.ProviderClosed, "The provider ended the answer without a finish reason.");
    }

    private async Task RelinquishAsync(JobExecution running, ChunkWriter writer, JobAttemptActivity run)
    {
        if (running.Reason != StopReason.Draining)
        {
            run.End(JobAttemptActivity.Lost, errorCode: null, writer.ChunkCount);
            LogLost(running.Claim.JobId, writer.Status);
            return;
        }

        await writer.FlushAsync();
        await queue.RequeueAsync(running.Claim);
        run.End(JobAttemptActivity.Requeued, errorCode: null, writer.ChunkCount);
        LogRequeued(running.Claim.JobId, writer.ChunkCount);
    }

    private sealed record JobOutcome(string FinishReason, Usage? Usage, ChatError? Error)
    {
        public static JobOutcome Cancelled { get; } = new(ChatJobs.Contracts.FinishReason.Cancelled, null, null);

        public static JobOutcome Failed(string code, string message) => new(ChatJobs.Contracts.FinishReason.Error, null, new ChatError(code, message));
    }

    [LoggerMessage(LogLevel.Information, "Job {JobId} finished: {FinishReason} after {ChunkCount} chunks, attempt {Attempt}.")]
    private partial void LogFinished(string jobId, string finishReason, long chunkCount, int attempt);

    [LoggerMessage(LogLevel.Debug, "Redis is unavailable ({Fault}); job {JobId} begins when it returns.")]
    private partial void LogRedisUnavailable(string jobId, string fault);

    [LoggerMessage(LogLevel.Warning, "Job {JobId} failed: {Code}: {Reason}")]
    private partial void LogFailed(string jobId, string code, string reason);

    [LoggerMessage(LogLevel.Error, "Job {JobId} failed because of a fault of ours.")]
    private partial void LogFault(string jobId, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Job {JobId} is no longer this worker's ({Outcome}).")]
    private partial void LogLost(string jobId, WriterStatus outcome);

    [LoggerMessage(LogLevel.Information, "Job {JobId} was handed back after {ChunkCount} chunks.")]
    private partial void LogRequeued(string jobId, long chunkCount);
}
