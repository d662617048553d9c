using System.Threading.Tasks.Sources;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>
/// One reader of a live stream: a position in the sequence, without a buffer. What it has not read yet is in the stream's ring buffer or, when
/// the viewer is too slow for that, in the log; so it never grows and never slows another viewer. Not thread-safe.
/// </summary>
public sealed class Viewer : IAsyncDisposable, IValueTaskSource<(ReadStatus Read, int Count)>
{
    private readonly LiveStream stream;
    private readonly RelayContext context;
    private readonly long attached;
    private readonly CancellationToken cancellationToken;
    private readonly CancellationTokenRegistration registration;
    private ManualResetValueTaskSourceCore<bool> wake = new() { RunContinuationsAsynchronously = true };
    private Memory<SequencedChunk> waitingBatch;
    private long idleSince;
    private bool waiting;
    private bool idle;
    private bool waitsForFirst;
    private string outcome = "left";

    internal Viewer(LiveStream stream, long after, RelayContext context, TimeSpan idleTimeout, CancellationToken cancellationToken)
    {
        this.stream = stream;
        this.context = context;
        IdleTimeout = idleTimeout;
        this.cancellationToken = cancellationToken;
        Next = after + 1;
        attached = idleSince = context.Time.GetTimestamp();
        registration = cancellationToken.UnsafeRegister(static viewer => ((Viewer)viewer!).stream.Wake((Viewer)viewer), this);
    }

    /// <summary>Gets or sets how long a read waits for a chunk before it returns <see cref="ReadStatus.Idle"/>; to the second.</summary>
    public TimeSpan IdleTimeout { get; set; }

    /// <summary>Gets the sequence number of the next chunk to read.</summary>
    public long Next { get; private set; }

    /// <summary>
    /// Reads the chunks that are next in sequence, and waits for the first one. Allocates nothing, however long it waits: the viewer itself is
    /// the task's source, so the task must be awaited once, and before the next read. <see cref="ReadStatus.Chunks"/> with 0 means to read again.
    /// </summary>
    /// <exception cref="OperationCanceledException">The viewer's token was cancelled.</exception>
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

        return state == ViewerState.Behind ? ReadLogAsync(batch) : new ValueTask<(ReadStatus, int)>(Deliver(state, batch, count));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        context.Metrics.ViewerLeft(outcome, context.Time.GetElapsedTime(attached));
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
            idleSince = context.Time.GetTimestamp();
            return (ReadStatus.Idle, 0);
        }

        var (state, count) = stream.Take(this, batch.Span, waits: false);
        return Deliver(state, batch, count);
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<(ReadStatus Read, int Count)>.GetStatus(short token) => wake.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<(ReadStatus Read, int Count)>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wake.OnCompleted(continuation, state, token, flags);

    private async ValueTask<(ReadStatus Read, int Count)> ReadLogAsync(Memory<SequencedChunk> batch)
    {
        context.Metrics.ReadLog();
        return Deliver(ViewerState.Ready, batch, await stream.Follower.ReadLogAsync(Next, batch));
    }

    private (ReadStatus Read, int Count) Deliver(ViewerState state, Memory<SequencedChunk> batch, int count)
    {
        if (state is ViewerState.Ended or ViewerState.Lost)
        {
            outcome = state == ViewerState.Ended ? "ended" : "lost";
            return (state == ViewerState.Ended ? ReadStatus.Completed : ReadStatus.Lost, 0);
        }

        if (count > 0)
        {
            RecordFirstChunk();
            outcome = batch.Span[count - 1].IsTerminal ? "ended" : outcome;
            Next += count;
            idleSince = context.Time.GetTimestamp();
        }

        return (ReadStatus.Chunks, count);
    }

    // A request has one span however many chunks it reads; the first one is an event of it.
    private void RecordFirstChunk()
    {
        if (waitsForFirst && Next == 1)
        {
            context.Metrics.FirstChunkViewed(context.Time.GetElapsedTime(attached));
            Activity.Current?.AddEvent(new ActivityEvent(ChatTelemetry.FirstChunkEvent, context.Time.GetUtcNow()));
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
        if (waiting && context.Time.GetElapsedTime(idleSince) >= IdleTimeout)
        {
            idle = true;
            Wake();
        }
    }
}

/// <summary>What a viewer's read returned.</summary>
public enum ReadStatus
{
    /// <summary>Chunks, next in sequence; with a count of 0 read again.</summary>
    Chunks,

    /// <summary>No chunk within the idle timeout; the stream continues.</summary>
    Idle,

    /// <summary>The terminal chunk was read before.</summary>
    Completed,

    /// <summary>Redis lost the stream's data; no terminal chunk will come.</summary>
    Lost,
}

/// <summary>Where a viewer is in its live stream.</summary>
internal enum ViewerState
{
    /// <summary>Chunks were copied, or the viewer must read again.</summary>
    Ready,

    /// <summary>The viewer has all chunks and will be woken.</summary>
    Waiting,

    /// <summary>The viewer's next chunk is only in the log.</summary>
    Behind,

    /// <summary>The viewer has read the terminal chunk.</summary>
    Ended,

    /// <summary>The stream's data is gone.</summary>
    Lost,
}
