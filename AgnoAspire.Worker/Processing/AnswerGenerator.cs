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

    /// <summary>Gets what was done about an answer that an earlier attempt had begun; null if none had.</summary>
    public ContinuationPolicy? Continuation { get; init; }

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

        // A model does not repeat a tool call exactly, so one that was begun cannot be continued.
        ContinuationPolicy? continuation = sent.IsEmpty ? null : sent.HasToolCalls ? ContinuationPolicy.Fail : model.Continuation;
        var outcome = continuation == ContinuationPolicy.Fail
            ? JobOutcome.Failed(ErrorCode.WorkerLost, "The worker was lost in mid-answer; the text so far is kept. Send the request again for a whole answer.")
            : await TryGenerateAsync(model, job, sent, execution, writeAsync, writerStopped);
        return outcome is null ? null : outcome with { Continuation = continuation };
    }

    private async Task<JobOutcome?> TryGenerateAsync(
        ServedModel model, ClaimedJob job, SentAnswer sent, JobExecution execution,
        Func<CompletionDelta, CancellationToken, ValueTask> writeAsync, CancellationToken writerStopped)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(execution.Stopping, writerStopped);
        try
        {
            return await GenerateAsync(model, job.Completion, sent, execution.SetWaiting, writeAsync, stop.Token);
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
        ServedModel model, ChatCompletion completion, SentAnswer sent, Action<bool> onWaiting,
        Func<CompletionDelta, CancellationToken, ValueTask> writeAsync, CancellationToken stop)
    {
        var prefix = sent.Text.Length > 0 && model.Continuation == ContinuationPolicy.Prefix ? sent.Text : null;
        var replay = new ReplayVerifier(prefix is null ? sent.Text : "", sent.ReasoningLength);
        var length = sent.Text.Length + sent.ReasoningLength;
        await foreach (var delta in model.StreamAsync(completion, prefix, onWaiting, stop))
        {
            if (model.ShowsReasoning && delta.Reasoning is { } thought && replay.Skip(thought) is { Length: > 0 } more)
            {
                length += more.Length;
                await writeAsync(delta with { Reasoning = more }, stop);
            }

            if (delta.Text is { Length: > 0 } text && replay.Accept(text) is { Length: > 0 } added)
            {
                length += added.Length;
                await writeAsync(delta with { Text = added }, stop);
            }

            if (delta.Call is { } call)
            {
                length += call.Function.Arguments.Length;
                await writeAsync(delta, stop);
            }

            if (delta.FinishReason is { } reason)
            {
                return replay.IsComplete
                    ? new JobOutcome(reason, delta.Usage) { ProviderFinishReason = delta.ProviderFinishReason }
                    : throw ReplayVerifier.Diverged();
            }

            if (length > options.Value.MaxAnswerLength)
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
