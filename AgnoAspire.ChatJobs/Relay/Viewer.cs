using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace AgnoAspire.ChatJobs;

/// <summary>
/// One reader of a live stream: a place in the sequence and nothing else. What it has not read is in the stream's window or, when it is too
/// slow for that, in the log; so it never grows, and never slows anybody. For one thread at a time.
/// </summary>
public sealed class Viewer : IAsyncDisposable, IValueTaskSource
{
    private readonly LiveStream stream;
    private readonly ChatJobsMetrics metrics;
    private readonly TimeProvider time;
    private readonly long came;
    private readonly CancellationToken cancellationToken;
    private readonly CancellationTokenRegistration registration;
    private ManualResetValueTaskSourceCore<bool> wake = new() { RunContinuationsAsynchronously = true };
    private long quietSince;
    private bool waiting;
    private bool quiet;
    private bool waitsForFirst;
    private string outcome = "left";

    internal Viewer(LiveStream stream, long after, ChatJobsMetrics metrics, TimeProvider time, TimeSpan quietTime, CancellationToken cancellationToken)
    {
        this.stream = stream;
        this.metrics = metrics;
        this.time = time;
        QuietTime = quietTime;
        this.cancellationToken = cancellationToken;
        Next = after + 1;
        came = quietSince = time.GetTimestamp();
        registration = cancellationToken.UnsafeRegister(static viewer => ((Viewer)viewer!).stream.Wake((Viewer)viewer), this);
    }

    /// <summary>Gets or sets after how long without a chunk a read comes back as <see cref="ViewerRead.Quiet"/>; to the second.</summary>
    public TimeSpan QuietTime { get; set; }

    /// <summary>Gets the sequence of the chunk that is read next.</summary>
    public long Next { get; private set; }

    /// <summary>Reads the chunks that are next in sequence, waiting for the first one.</summary>
    /// <param name="batch">Where they are put.</param>
    /// <returns>What came, and how many chunks.</returns>
    /// <exception cref="OperationCanceledException">The token this viewer was made with fired.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(ViewerRead Read, int Count)> ReadAsync(Memory<LoggedChunk> batch)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (read, count) = stream.Take(this, batch.Span);
            switch (read)
            {
                case ViewerState.Behind:
                    metrics.FellBack();
                    count = await stream.ReadLogAsync(Next, batch);
                    read = count > 0 ? ViewerState.Ready : ViewerState.Waiting;
                    break;

                case ViewerState.Waiting:
                    waitsForFirst |= Next == 1;
                    await new ValueTask(this, wake.Version);
                    if (quiet)
                    {
                        quiet = false;
                        quietSince = time.GetTimestamp();
                        return (ViewerRead.Quiet, 0);
                    }

                    break;

                case ViewerState.Ended:
                    outcome = "ended";
                    return (ViewerRead.Ended, 0);

                case ViewerState.Lost:
                    outcome = "lost";
                    return (ViewerRead.Lost, 0);
            }

            if (count > 0)
            {
                SayFirstChunk();
                outcome = batch.Span[count - 1].IsTerminal ? "ended" : outcome;
                Next += count;
                quietSince = time.GetTimestamp();
                return (ViewerRead.Chunks, count);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        metrics.ViewerLeft(outcome, time.GetElapsedTime(came));
        await registration.DisposeAsync();
        await stream.LeaveAsync(this);
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token) => wake.GetResult(token);

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => wake.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wake.OnCompleted(continuation, state, token, flags);

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

    internal void WakeIfQuiet()
    {
        if (waiting && time.GetElapsedTime(quietSince) >= QuietTime)
        {
            quiet = true;
            Wake();
        }
    }
}
