using AgnoAspire.ChatJobs;

namespace AgnoAspire.Worker.Processing;

/// <summary>What earlier attempts have sent of an answer.</summary>
internal sealed record SentAnswer(string Text, bool HasToolCalls, int ReasoningLength = 0)
{
    /// <summary>Gets whether the answer starts over: reasoning alone is not continued.</summary>
    public bool IsEmpty => Text.Length == 0 && !HasToolCalls;

    public static SentAnswer From(IEnumerable<SequencedChunk> chunks)
    {
        var parsed = chunks.Select(chunk => ChatChunk.Parse(chunk.Bytes.Span)).ToList();
        return new SentAnswer(
            string.Concat(parsed.Select(chunk => chunk.Content)),
            parsed.Exists(chunk => chunk.ToolCalls is not null),
            parsed.Sum(chunk => chunk.Reasoning?.Length ?? 0));
    }
}

/// <summary>How a stream ends.</summary>
internal sealed record JobOutcome(string FinishReason, Usage? Usage = null, ChatError? Error = null)
{
    public static JobOutcome Cancelled { get; } = new(ChatJobs.Contracts.FinishReason.Cancelled);

    /// <summary>Gets the provider's own finish reason; null if it is the same.</summary>
    public string? ProviderFinishReason { get; init; }

    /// <summary>Gets what was done about an answer that an earlier attempt, or another endpoint, had begun; null if none had.</summary>
    public ContinuationPolicy? Continuation { get; init; }

    /// <summary>Gets the codes of the providers' failures after which the answer was continued.</summary>
    public IReadOnlyList<string> ProviderFailures { get; init; } = [];

    public static JobOutcome Failed(string code, string message, TimeSpan? retryAfter = null) =>
        new(ChatJobs.Contracts.FinishReason.Error, Error: new ChatError(code, message) { RetryAfterSeconds = retryAfter?.TotalSeconds });
}

/// <summary>Generates the answer of a started job, or what is missing of it, and determines how its stream ends.</summary>
internal sealed partial class AnswerGenerator(IOptions<ChatJobsOptions> jobOptions, IOptions<WorkerOptions> options, ILogger<AnswerGenerator> logger)
{
    /// <summary>Writes the answer. Null: the job was stopped, and this worker must not end its stream.</summary>
    public async Task<JobOutcome?> RunAsync(
        ServedModel? model, ClaimedJob job, SentAnswer sent, JobExecution execution,
        Func<CompletionDelta, CancellationToken, ValueTask> writeAsync, CancellationToken writerStopped)
    {
        if (job.Cancelled)
        {
            return JobOutcome.Cancelled;
        }

        if (job.Attempt > jobOptions.Value.MaxAttempts)
        {
            return JobOutcome.Failed(
                ErrorCode.AttemptsExhausted, $"The worker was lost in each of {jobOptions.Value.MaxAttempts} attempts. Send the request again.");
        }

        if (model is null)
        {
            return JobOutcome.Failed(ErrorCode.ModelUnavailable, "No worker serves this model any more. Choose another one.");
        }

        var progress = new AnswerProgress(model, job.Completion, sent);
        ContinuationPolicy? continuation = sent.IsEmpty ? null : progress.Policy;
        var outcome = continuation == ContinuationPolicy.Fail
            ? JobOutcome.Failed(ErrorCode.WorkerLost, "The worker was lost in mid-answer; the text so far is kept. Send the request again for a whole answer.")
            : await TryGenerateAsync(model, job, progress, execution, writeAsync, writerStopped);
        return outcome is null
            ? null
            : outcome with { Continuation = progress.Continued ?? continuation, ProviderFailures = progress.Failures };
    }

    private async Task<JobOutcome?> TryGenerateAsync(
        ServedModel model, ClaimedJob job, AnswerProgress progress, JobExecution execution,
        Func<CompletionDelta, CancellationToken, ValueTask> writeAsync, CancellationToken writerStopped)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(execution.Stopping, writerStopped);
        try
        {
            return await GenerateAsync(model, job.Completion, progress, execution.SetWaiting, writeAsync, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return execution.Reason == StopReason.Cancelled ? JobOutcome.Cancelled : null;
        }
        catch (InferenceException failure)
        {
            LogFailed(job.Claim.JobId, failure.Code, failure.Message);
            return JobOutcome.Failed(failure.Code, failure.Message, failure.RetryAfter);
        }
        catch (Exception exception)
        {
            // The runner's boundary: an unexpected exception ends this stream with an error, and nothing else.
            LogUnexpected(job.Claim.JobId, exception);
            return JobOutcome.Failed(ErrorCode.Internal, "The answer failed because of an internal error. Send the request again.");
        }
    }

    private async Task<JobOutcome> GenerateAsync(
        ServedModel model, ChatCompletion completion, AnswerProgress progress, Action<bool> onWaiting,
        Func<CompletionDelta, CancellationToken, ValueTask> writeAsync, CancellationToken stop)
    {
        await foreach (var delta in model.StreamAsync(completion, progress.Prefix, onWaiting, progress, stop))
        {
            if (model.ShowsReasoning && delta.Reasoning is { } thought && progress.AcceptReasoning(thought) is { Length: > 0 } more)
            {
                await writeAsync(delta with { Reasoning = more }, stop);
            }

            if (progress.Accept(delta) is { Length: > 0 } added)
            {
                await writeAsync(new CompletionDelta(added, null, null), stop);
            }

            if (delta.Call is not null)
            {
                await writeAsync(delta with { Text = null }, stop);
            }

            if (delta.FinishReason is { } reason)
            {
                return progress.IsComplete
                    ? new JobOutcome(reason, delta.Usage) { ProviderFinishReason = delta.ProviderFinishReason }
                    : throw ReplayVerifier.Diverged();
            }

            if (progress.Length > options.Value.MaxAnswerLength)
            {
                return new JobOutcome(FinishReason.Length);
            }
        }

        throw new InferenceException(ErrorCode.ProviderClosed, "The provider ended the answer without a finish reason.");
    }

    [LoggerMessage(LogLevel.Warning, "Job {JobId} failed: {Code}: {Reason}")]
    private partial void LogFailed(string jobId, string code, string reason);

    [LoggerMessage(LogLevel.Error, "Job {JobId} failed with an unexpected exception.")]
    private partial void LogUnexpected(string jobId, Exception exception);
}
