using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>One stream as this process relays it: one follower, one ring buffer of its last chunks, any number of viewers.</summary>
internal sealed class LiveStream : IAsyncDisposable
{
    private readonly Lock access = new();
    private readonly ChunkRingBuffer buffer = new();
    private readonly List<Viewer> viewers = [];
    private readonly RelayContext context;
    private readonly Func<LiveStream, ValueTask> onLeft;
    private bool lost;

    public LiveStream(string jobId, RelayContext context, Func<LiveStream, ValueTask> onLeft)
    {
        JobId = jobId;
        this.context = context;
        this.onLeft = onLeft;
        Follower = new StreamFollower(this, context);
    }

    public string JobId { get; }

    /// <summary>Gets a number that is consecutive among the streams of this process.</summary>
    public int Number { get; init; }

    public StreamFollower Follower { get; }

    public bool HasEnded { get; private set; }

    /// <summary>Gets whether no further chunk can come.</summary>
    public bool IsOver => HasEnded || lost;

    public int ViewerCount => viewers.Count;

    /// <summary>Gets the sequence number of the newest chunk, 0 before the first.</summary>
    public long LastSequence
    {
        get
        {
            lock (access)
            {
                return buffer.Last;
            }
        }
    }

    /// <summary>Starts after a chunk, without the chunks before it.</summary>
    public void StartAfter(long sequence)
    {
        lock (access)
        {
            buffer.StartAfter(sequence);
        }
    }

    /// <summary>Takes a chunk if it is next in sequence, and wakes the viewers. Returns the sequence number of the newest chunk before.</summary>
    public long Accept(SequencedChunk chunk)
    {
        lock (access)
        {
            var last = buffer.Last;
            if (chunk.Sequence == last + 1)
            {
                buffer.Push(chunk);
                HasEnded = chunk.IsTerminal;
                WakeAll();
            }

            return last;
        }
    }

    public void SetLost()
    {
        lock (access)
        {
            lost = !HasEnded;
            WakeAll();
        }
    }

    public Viewer Attach(long after, TimeSpan idleTimeout, CancellationToken cancellationToken)
    {
        var viewer = new Viewer(this, after, context, idleTimeout, cancellationToken);
        lock (access)
        {
            viewers.Add(viewer);
        }

        return viewer;
    }

    public ValueTask LeaveAsync(Viewer viewer)
    {
        lock (access)
        {
            viewers.Remove(viewer);
        }

        return onLeft(this);
    }

    public void Wake(Viewer viewer)
    {
        lock (access)
        {
            viewer.Wake();
        }
    }

    /// <summary>Copies the chunks that are next for a viewer, or makes it wait for them.</summary>
    public (ViewerState State, int Count) Take(Viewer viewer, Span<SequencedChunk> batch, bool waits)
    {
        lock (access)
        {
            if (buffer.HasEvicted(viewer.Next))
            {
                return (lost ? ViewerState.Lost : ViewerState.Behind, 0);
            }

            var count = buffer.CopyTo(viewer.Next, batch);
            if (count > 0)
            {
                return (ViewerState.Ready, count);
            }

            if (IsOver)
            {
                return (HasEnded ? ViewerState.Ended : ViewerState.Lost, 0);
            }

            return waits && viewer.StartWaiting() ? (ViewerState.Waiting, 0) : (ViewerState.Ready, 0);
        }
    }

    /// <summary>Called every second: wakes idle viewers, and reads the log after a silence.</summary>
    public void Tick()
    {
        lock (access)
        {
            foreach (var viewer in viewers)
            {
                viewer.WakeIfIdle();
            }
        }

        Follower.Tick();
    }

    public ValueTask DisposeAsync() => Follower.DisposeAsync();

    private void WakeAll()
    {
        foreach (var viewer in viewers)
        {
            viewer.Wake();
        }
    }
}

/// <summary>What all live streams of this process share.</summary>
public sealed class RelayContext(
    RedisConnection redis, RedisKeys keys, StreamLog log, JobStore jobs, ChatJobsMetrics metrics, TimeProvider time, ChatJobsOptions options)
{
    internal RedisConnection Redis => redis;

    internal RedisKeys Keys => keys;

    internal StreamLog Log => log;

    internal TimeProvider Time => time;

    internal ChatJobsMetrics Metrics => metrics;

    /// <summary>Gets how long a job may be gone until its stream counts as lost: its worker writes it again with its next heartbeat.</summary>
    internal TimeSpan GonePatience => options.LeaseDuration;

    /// <summary>Whether no terminal chunk can come any more: the job is gone, or its log has expired.</summary>
    internal async Task<bool> IsGoneAsync(string jobId) => await jobs.ReadRecordAsync(jobId) is null or { HasExpired: true };
}
