using System.Diagnostics;
using System.Threading.Tasks.Sources;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.ChatJobs.Telemetry;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>
/// One reader of a live stream: a place in the sequence and nothing else. What it has not read is in the stream's window or, when it is too
/// slow for that, in the log; so it never grows, and never slows anybody. For one thread at a time.
/// </summary>
public sealed class Viewer : IAsyncDisposable, IValueTaskSource<(ReadStatus Read, int Count)>
{
    private readonly LiveStream stream;
    private readonly ChatJobsMetrics metrics;
    private readonly TimeProvider time;
    private readonly long came;
    private readonly CancellationToken cancellationToken;
    private readonly CancellationTokenRegistration registration;
    private ManualResetValueTaskSourceCore<bool> wake = new() { RunContinuationsAsynchronously = true };
    private Memory<SequencedChunk> waitingBatch;
    private long idleSince;
    private bool waiting;
    private bool idle;
    private bool waitsForFirst;
    private string outcome = "left";

    internal Viewer(LiveStream stream, long after, ChatJobsMetrics metrics, TimeProvider time, TimeSpan quietTime, CancellationToken cancellationToken)
    {
        this.stream = stream;
        this.metrics = metrics;
        this.time = time;
        IdleTimeout = quietTime;
        this.cancellationToken = cancellationToken;
        Next = after + 1;
        came = idleSince = time.GetTimestamp();
        registration = cancellationToken.UnsafeRegister(static viewer => ((Viewer)viewer!).stream.Wake((Viewer)viewer), this);
    }

    /// <summary>Gets or sets after how long without a chunk a read comes back as <see cref="ReadStatus.Idle"/>; to the second.</summary>
    public TimeSpan IdleTimeout { get; set; }

    /// <summary>Gets the sequence of the chunk that is read next.</summary>
    public long Next { get; private set; }

    /// <summary>
    /// Reads the chunks that are next in sequence, waiting for the first one. Allocates nothing, however long it waits: the viewer itself is
    /// the task's source, so the task is to be awaited once, and before the next read.
    /// </summary>
    /// <param name="batch">Where they are put.</param>
    /// <returns>What came, and how many chunks; <see cref="ReadStatus.Chunks"/> with none of them says to read again.</returns>
    /// <exception cref="OperationCanceledException">The token this viewer was made with fired.</exception>
    public ValueTask<(ReadStatus Read, int Count)> ReadAsync(Memory<SequencedChunk> batch)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (state, count) = stream.Take(this, batch.Span, waits: true);
        if (state == ViewerState.Waiting)
        {
            waitsForFirst |= Next == 1;
            waitingBatch = batch;
            return new ValueTask<(ReadStatus, int)>(this, wake.Version);
        }

        return state == ViewerState.Behind ? ReadLogAsync(batch) : new ValueTask<(ReadStatus, int)>(Hand(state, batch, count));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        metrics.ViewerLeft(outcome, time.GetElapsedTime(came));
        await registration.DisposeAsync();
        await stream.LeaveAsync(this);
    }

    /// <inheritdoc/>
    (ReadStatus Read, int Count) IValueTaskSource<(ReadStatus Read, int Count)>.GetResult(short token)
    {
        wake.GetResult(token);
        cancellationToken.ThrowIfCancellationRequested();
        var batch = waitingBatch;
        waitingBatch = default;
        if (idle)
        {
            idle = false;
            idleSince = time.GetTimestamp();
            return (ReadStatus.Idle, 0);
        }

        var (state, count) = stream.Take(this, batch.Span, waits: false);
        return Hand(state, batch, count);
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<(ReadStatus Read, int Count)>.GetStatus(short token) => wake.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<(ReadStatus Read, int Count)>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wake.OnCompleted(continuation, state, token, flags);

    private async ValueTask<(ReadStatus Read, int Count)> ReadLogAsync(Memory<SequencedChunk> batch)
    {
        metrics.FellBack();
        return Hand(ViewerState.Ready, batch, await stream.ReadLogAsync(Next, batch));
    }

    private (ReadStatus Read, int Count) Hand(ViewerState state, Memory<SequencedChunk> batch, int count)
    {
        if (state is ViewerState.Ended or ViewerState.Lost)
        {
            outcome = state == ViewerState.Ended ? "ended" : "lost";
            return (state == ViewerState.Ended ? ReadStatus.Completed : ReadStatus.Lost, 0);
        }

        if (count > 0)
        {
            SayFirstChunk();
            outcome = batch.Span[count - 1].IsTerminal ? "ended" : outcome;
            Next += count;
            idleSince = time.GetTimestamp();
        }

        return (ReadStatus.Chunks, count);
    }

    // A request has one span however many chunks it reads; the first one is an event of it.
    private void SayFirstChunk()
    {
        if (waitsForFirst && Next == 1)
        {
            metrics.FirstChunkViewed(time.GetElapsedTime(came));
            Activity.Current?.AddEvent(new ActivityEvent(ChatTelemetry.FirstChunkEvent, time.GetUtcNow()));
        }
    }

    // The members below run under the stream's lock.
    internal bool StartWaiting()
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return false;
        }

        wake.Reset();
        waiting = true;
        return true;
    }

    internal void Wake()
    {
        if (waiting)
        {
            waiting = false;
            wake.SetResult(true);
        }
    }

    internal void WakeIfIdle()
    {
        if (waiting && time.GetElapsedTime(idleSince) >= IdleTimeout)
        {
            idle = true;
            Wake();
        }
    }
}
