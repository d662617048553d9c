using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.RateLimiting;

namespace AgnoAspire.ChatJobs.Streams;

/// <summary>
/// Writes the chunks of one job. Text that arrives while an append is in flight goes into the next one: idle, every token leaves at once; under
/// load chunks grow instead of queues. For one writing thread at a time.
/// </summary>
public sealed class ChunkWriter : IAsyncDisposable
{
    private const int HighWater = 64 * 1024;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(800);

    private readonly StreamLog log;
    private readonly ClaimedJob job;
    private readonly ChatJobsMetrics metrics;
    private readonly TimeProvider time;
    private readonly AppendRetry retrying;
    private readonly ChunkEncoder encoder;
    private readonly TextBuffer buffer = new();
    private readonly TextBuffer reasoning = new();
    private readonly ToolCallBuffer calls = new();
    private readonly Lock access = new();
    private readonly List<byte[]> sent;
    private readonly CancellationTokenSource stopped = new();
    private readonly long made;
    private Task pump = Task.CompletedTask;
    private bool pumping;

    internal ChunkWriter(StreamLog log, ClaimedJob job, IEnumerable<SequencedChunk> sent, ChatJobsMetrics metrics, TimeProvider time, AppendRetry retrying)
    {
        this.log = log;
        this.job = job;
        this.metrics = metrics;
        this.time = time;
        this.retrying = retrying;
        this.sent = [.. sent.Select(chunk => chunk.Bytes.ToArray())];
        made = time.GetTimestamp();
        encoder = new ChunkEncoder(job.Completion.Model);
        Stopped = stopped.Token;
    }

    /// <summary>Gets a token that is cancelled when only a terminal chunk can still be appended, or nothing; <see cref="Status"/> says why.</summary>
    public CancellationToken Stopped { get; }

    /// <summary>Gets the result of the last append.</summary>
    public WriterStatus Status { get; private set; }

    /// <summary>Gets the stream after its terminal chunk, which outlives this writer; <see langword="null"/> before.</summary>
    public EndedStream? Ended { get; private set; }

    /// <summary>Gets or sets how the stream continued after a worker was lost, for <see cref="ChatChunk.Continuation"/>.</summary>
    public string? Continuation { get; set; }

    /// <summary>Gets or sets the provider's own finish reason, for <see cref="ChatChunk.ProviderFinishReason"/>.</summary>
    public string? ProviderFinishReason { get; set; }

    /// <summary>Gets the number of chunks of the stream, those of earlier attempts included.</summary>
    public long ChunkCount => sent.Count;

    /// <summary>Writes text; waits only while the buffer is full.</summary>
    public ValueTask WriteAsync(string text, CancellationToken cancellationToken) => WriteAsync(buffer, text, call: null, cancellationToken);

    /// <summary>Writes reasoning, before text that still waits.</summary>
    public ValueTask WriteReasoningAsync(string text, CancellationToken cancellationToken) => WriteAsync(reasoning, text, call: null, cancellationToken);

    /// <summary>Writes a part of a tool call, after the text written before it.</summary>
    public ValueTask WriteAsync(ToolCall call, CancellationToken cancellationToken) => WriteAsync(buffer, "", call, cancellationToken);

    private async ValueTask WriteAsync(TextBuffer target, string text, ToolCall? call, CancellationToken cancellationToken)
    {
        Task? full = null;
        lock (access)
        {
            target.Add(text);
            if (call is not null)
            {
                calls.Add(call);
            }

            if (!pumping && !stopped.IsCancellationRequested)
            {
                pumping = true;
                pump = PumpAsync(all: false);
            }

            if (reasoning.Length + buffer.Length + calls.Length > HighWater)
            {
                full = pump;
            }
        }

        if (full is not null)
        {
            await full.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Appends the buffered text, then the terminal chunk, which records the usage to settle: the provider's, or an estimate. An error goes with the
    /// finish reason <see cref="FinishReason.Error"/>. <see cref="WriterStatus.Active"/> when the stream has ended.
    /// </summary>
    public async Task<WriterStatus> CompleteAsync(string finishReason, Usage? usage, ChatError? error)
    {
        await FlushAsync();
        if (Status is WriterStatus.Active or WriterStatus.Cancelled)
        {
            var reason = Status == WriterStatus.Cancelled ? FinishReason.Cancelled : finishReason;
            var status = reason switch
            {
                FinishReason.Cancelled => JobStatus.Cancelled,
                FinishReason.Error when error?.Code == ErrorCode.AttemptsExhausted && job.Completion.IsStored => JobStatus.Dead,
                FinishReason.Error => JobStatus.Failed,
                _ => JobStatus.Completed,
            };
            var failure = reason == FinishReason.Error ? error : null;
            usage ??= sent.Count == 0 ? null : TokenEstimate.OfAnswer(job.Completion, sent);
            var terminal = encoder.Terminal(reason, usage, failure, Continuation, ProviderFinishReason, job.Completion.DroppedFields);
            var kind = AppendKind.Terminal(status, usage?.TotalTokens ?? 0, job.Completion.IsStored);
            Status = await AppendAsync(terminal, kind);
            if (Status == WriterStatus.Active)
            {
                Ended = log.End(job, sent, kind);
                metrics.Ended(job.Completion.Model, reason, failure?.Code);
            }
        }

        return Status;
    }

    /// <summary>Appends the buffered text without ending the stream, for a job that another worker continues.</summary>
    public async Task FlushAsync()
    {
        await pump;
        await (Status == WriterStatus.Active ? PumpAsync(all: true) : Task.CompletedTask);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await pump;
        encoder.Dispose();
        stopped.Dispose();
    }

    private async Task PumpAsync(bool all)
    {
        while (true)
        {
            if (Next(all) is not { } chunk)
            {
                return;
            }

            Status = await AppendAsync(chunk, AppendKind.Chunk);
            if (Status != WriterStatus.Active)
            {
                // It stays the pump: another one would append after a chunk that is missing.
                await stopped.CancelAsync();
                return;
            }

            if (sent.Count == 1)
            {
                RecordFirstChunk();
            }
        }
    }

    private void RecordFirstChunk()
    {
        Activity.Current?.AddEvent(new ActivityEvent(ChatTelemetry.FirstChunkEvent, time.GetUtcNow()));
        if (job.QueueTime is { } waited)
        {
            metrics.FirstChunkLogged(job.Completion.Model, waited + time.GetElapsedTime(made));
        }
    }

    // The chunk to append next, or null when the buffers are empty and the pump stops.
    private byte[]? Next(bool all)
    {
        lock (access)
        {
            // Reasoning precedes the text, and text a tool call.
            if (reasoning.Drain(all || buffer.Length + calls.Length > 0) is { Length: > 0 } thought)
            {
                return encoder.Reasoning(thought);
            }

            if (buffer.Drain(all || calls.Length > 0) is { Length: > 0 } text)
            {
                return encoder.Text(text);
            }

            if (calls.Drain() is { Length: > 0 } pieces)
            {
                return encoder.Calls(pieces);
            }

            pumping = false;
            return null;
        }
    }

    // Appends one chunk however often Redis fails: its sequence number makes a repetition harmless, so an unknown outcome is retried.
    private async Task<WriterStatus> AppendAsync(byte[] chunk, AppendKind kind)
    {
        sent.Add(chunk);
        var retry = FirstRetry;
        var started = time.GetTimestamp();
        while (true)
        {
            var status = WriterStatus.Unavailable;
            try
            {
                status = await log.AppendMissingAsync(job.Claim, job.Record, sent, kind);
                if (status == WriterStatus.Active)
                {
                    return status;
                }
            }
            catch (ChatJobsUnavailableException)
            {
                metrics.AppendFailed();
                await Task.Delay(retry, time, retrying.Cancelled)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                retry = retry < LongestRetry ? retry * 2 : retry;
            }

            if (status != WriterStatus.Unavailable || retrying.Cancelled.IsCancellationRequested || time.GetElapsedTime(started) > retrying.Timeout)
            {
                sent.RemoveAt(sent.Count - 1);
                return status;
            }
        }
    }
}
