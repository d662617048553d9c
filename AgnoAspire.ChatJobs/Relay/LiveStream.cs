using System.Buffers.Text;
using AgnoAspire.ChatJobs.Streams;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>
/// One stream as this process sees it: one subscription, one window of its last chunks, any number of viewers. A published chunk is taken
/// when it is next in sequence; on a gap, a silence or a restored connection the log is read instead.
/// </summary>
internal sealed class LiveStream(string jobId, RelayContext context, Func<LiveStream, ValueTask> onLeft) : IAsyncDisposable
{
    private const int FillBatch = 128;
    private const int MostUnread = 4096;
    private static readonly TimeSpan FirstSilence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    private readonly Lock access = new();
    private readonly ChunkRingBuffer window = new();
    private readonly List<Viewer> viewers = [];
    private readonly CancellationTokenSource closing = new();
    private ChannelMessageQueue? queue;
    private Task pump = Task.CompletedTask;
    private Task fill = Task.CompletedTask;
    private TimeSpan silence = FirstSilence;
    private long lastProgress = context.Time.GetTimestamp();
    private bool filling;
    private bool fillAgain;
    private bool lost;

    public string JobId => jobId;

    /// <summary>Gets or sets how many viewers hold or are about to hold this stream; guarded by the relay.</summary>
    public int Holders { get; set; }

    public bool HasEnded { get; private set; }

    public int ViewerCount => viewers.Count;

    /// <summary>Subscribes, then reads what there is already: in this order nothing falls between.</summary>
    public async Task OpenAsync()
    {
        queue = await context.Redis.SubscribeAsync(context.Keys.Live(jobId));
        var length = await context.Log.LengthAsync(jobId);
        lock (access)
        {
            window.StartAfter(Math.Max(0, length - FillBatch));
        }

        if (length > 0)
        {
            await ReadOnAsync();
        }

        pump = PumpAsync(queue);
    }

    public Viewer Attach(long after, TimeSpan heartbeat, CancellationToken cancellationToken)
    {
        var viewer = new Viewer(this, after, context.Metrics, context.Time, heartbeat, cancellationToken);
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

    public (ViewerState State, int Count) Take(Viewer viewer, Span<SequencedChunk> batch, bool waits)
    {
        lock (access)
        {
            if (window.HasEvicted(viewer.Next))
            {
                return (lost ? ViewerState.Lost : ViewerState.Behind, 0);
            }

            var count = window.CopyTo(viewer.Next, batch);
            if (count > 0)
            {
                return (ViewerState.Ready, count);
            }

            if (HasEnded || lost)
            {
                return (HasEnded ? ViewerState.Ended : ViewerState.Lost, 0);
            }

            return waits && viewer.StartWaiting() ? (ViewerState.Waiting, 0) : (ViewerState.Ready, 0);
        }
    }

    public async ValueTask<int> ReadLogAsync(long from, Memory<SequencedChunk> batch)
    {
        try
        {
            var chunks = await context.Log.ReadAsync(jobId, from, batch.Length);
            chunks.CopyTo(batch);
            if (chunks.Length > 0)
            {
                return chunks.Length;
            }

            if (await context.IsGoneAsync(jobId))
            {
                SetLost();
                return 0;
            }
        }
        catch (ChatJobsUnavailableException)
        {
            // Redis is away: the viewer keeps its place and its connection, and asks again.
        }

        await Task.Delay(FirstSilence, context.Time, closing.Token);
        return 0;
    }

    /// <summary>Reads the log from the newest chunk on, in the background; one reading at a time.</summary>
    public void RequestFill()
    {
        lock (access)
        {
            if (filling)
            {
                fillAgain = true;
                return;
            }

            if (!HasEnded && !closing.IsCancellationRequested)
            {
                filling = true;
                fill = FillAsync();
            }
        }
    }

    /// <summary>Called every second: wakes viewers for their heartbeat and looks at the log after a silence.</summary>
    public void Tick()
    {
        lock (access)
        {
            foreach (var viewer in viewers)
            {
                viewer.WakeIfIdle();
            }

            if (HasEnded || lost || context.Time.GetElapsedTime(lastProgress) < silence)
            {
                return;
            }

            lastProgress = context.Time.GetTimestamp();
            silence = silence * 2 < LongestSilence ? silence * 2 : LongestSilence;
        }

        RequestFill();
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await pump;
        await fill;
        if (queue is not null)
        {
            await queue.UnsubscribeAsync(CommandFlags.FireAndForget);
        }

        closing.Dispose();
    }

    private async Task PumpAsync(ChannelMessageQueue messages)
    {
        try
        {
            while (!HasEnded)
            {
                var message = await messages.ReadAsync(closing.Token);
                do
                {
                    Receive(message.Message);
                }
                while (messages.TryRead(out message));
                Shed(messages);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or System.Threading.Channels.ChannelClosedException)
        {
            // The stream is being closed.
        }
    }

    private void Receive(ReadOnlyMemory<byte> message)
    {
        if (!Utf8Parser.TryParse(message.Span, out long sequence, out var digits) || digits >= message.Length || message.Span[digits] != '\n')
        {
            return;
        }

        if (Push(new SequencedChunk(sequence, message[(digits + 1)..])) == Arrival.AfterGap)
        {
            RequestFill();
        }
    }

    // The client's queue of messages has no bound of its own: past ours they are dropped, and read from the log.
    private void Shed(ChannelMessageQueue messages)
    {
        if (messages.TryGetCount(out var count) && count > MostUnread)
        {
            while (messages.TryRead(out _))
            {
            }

            RequestFill();
        }
    }

    private Arrival Push(SequencedChunk chunk)
    {
        lock (access)
        {
            if (chunk.Sequence != window.Last + 1)
            {
                return chunk.Sequence <= window.Last ? Arrival.Known : Arrival.AfterGap;
            }

            window.Push(chunk);
            HasEnded = chunk.IsTerminal;
            lastProgress = context.Time.GetTimestamp();
            silence = FirstSilence;
            foreach (var viewer in viewers)
            {
                viewer.Wake();
            }

            return Arrival.Taken;
        }
    }

    private async Task FillAsync()
    {
        while (true)
        {
            try
            {
                context.Metrics.Recovered(await ReadOnAsync());
                if (!HasEnded && silence > FirstSilence && await context.IsGoneAsync(jobId))
                {
                    SetLost();
                }
            }
            catch (Exception exception) when (exception is ChatJobsUnavailableException or OperationCanceledException)
            {
                // Redis is away: the next tick asks again.
            }

            lock (access)
            {
                if (!fillAgain || closing.IsCancellationRequested)
                {
                    filling = false;
                    return;
                }

                fillAgain = false;
            }
        }
    }

    private async Task<int> ReadOnAsync()
    {
        var count = 0;
        SequencedChunk[] chunks;
        do
        {
            long from;
            lock (access)
            {
                from = window.Last + 1;
            }

            chunks = await context.Log.ReadAsync(jobId, from, FillBatch);
            count += chunks.Count(chunk => Push(chunk) == Arrival.Taken);
        }
        while (chunks.Length == FillBatch);
        return count;
    }

    private enum Arrival
    {
        /// <summary>It was next.</summary>
        Taken,

        /// <summary>It was there already.</summary>
        Known,

        /// <summary>Chunks before it are missing.</summary>
        AfterGap,
    }

    private void SetLost()
    {
        lock (access)
        {
            lost = !HasEnded;
            foreach (var viewer in viewers)
            {
                viewer.Wake();
            }
        }
    }
}
