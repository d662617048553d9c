using System.Buffers.Text;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>
/// Follows one stream in order: takes a published chunk when it is next in sequence, and reads the log on a gap, a silence or a restored
/// connection. What it takes goes to <see cref="LiveStream.Accept"/>.
/// </summary>
internal sealed class StreamFollower(LiveStream stream, RelayContext context) : IAsyncDisposable
{
    private const int BatchSize = 128;
    private const int MaxUnread = 4096;
    private static readonly TimeSpan MinSilence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(5);

    private readonly Lock access = new();
    private readonly CancellationTokenSource closing = new();
    private ChannelMessageQueue? messages;
    private Task receiving = Task.CompletedTask;
    private Task filling = Task.CompletedTask;
    private TimeSpan silence = MinSilence;
    private long lastProgress = context.Time.GetTimestamp();
    private bool isFilling;
    private bool fillAgain;
    private long? goneSince;

    private enum Arrival
    {
        /// <summary>It was next.</summary>
        Accepted,

        /// <summary>It was there already.</summary>
        Known,

        /// <summary>Chunks before it are missing.</summary>
        AfterGap,
    }

    /// <summary>Subscribes, then reads the existing chunks: in this order none is missed.</summary>
    public async Task OpenAsync()
    {
        messages = await context.Redis.SubscribeAsync(context.Keys.Live(stream.JobId));
        var length = await context.Log.LengthAsync(stream.JobId);
        stream.StartAfter(Math.Max(0, length - BatchSize));
        if (length > 0)
        {
            await ReadOnAsync();
        }

        receiving = ReceiveAsync(messages);
    }

    /// <summary>Reads the log from the newest chunk on in the background, one reading at a time.</summary>
    public void RequestFill()
    {
        lock (access)
        {
            if (isFilling)
            {
                fillAgain = true;
            }
            else if (!stream.HasEnded && !closing.IsCancellationRequested)
            {
                isFilling = true;
                filling = FillAsync();
            }
        }
    }

    /// <summary>Called every second: reads the log after a silence, each time a longer one.</summary>
    public void Tick()
    {
        lock (access)
        {
            if (stream.IsOver || context.Time.GetElapsedTime(lastProgress) < silence)
            {
                return;
            }

            lastProgress = context.Time.GetTimestamp();
            silence = silence * 2 < MaxSilence ? silence * 2 : MaxSilence;
        }

        RequestFill();
    }

    /// <summary>Reads chunks that a viewer needs and the ring buffer has evicted; none while Redis is unavailable, or when the stream is lost.</summary>
    public async ValueTask<int> ReadLogAsync(long from, Memory<SequencedChunk> batch)
    {
        try
        {
            var chunks = await context.Log.ReadAsync(stream.JobId, from, batch.Length);
            chunks.CopyTo(batch);
            if (chunks.Length > 0)
            {
                return chunks.Length;
            }

            if (await IsLostAsync())
            {
                stream.SetLost();
                return 0;
            }
        }
        catch (ChatJobsUnavailableException)
        {
            // The viewer keeps its position and its connection, and reads again.
        }

        await Task.Delay(MinSilence, context.Time, closing.Token);
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await receiving;
        await filling;
        if (messages is not null)
        {
            await messages.UnsubscribeAsync(CommandFlags.FireAndForget);
        }

        closing.Dispose();
    }

    private async Task ReceiveAsync(ChannelMessageQueue queue)
    {
        try
        {
            while (!stream.HasEnded)
            {
                var message = await queue.ReadAsync(closing.Token);
                do
                {
                    Receive(message.Message);
                }
                while (queue.TryRead(out message));
                Shed(queue);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or System.Threading.Channels.ChannelClosedException)
        {
            // The stream is being closed.
        }
    }

    private void Receive(ReadOnlyMemory<byte> message)
    {
        if (Utf8Parser.TryParse(message.Span, out long sequence, out var digits) && digits < message.Length && message.Span[digits] == '\n'
            && Accept(new SequencedChunk(sequence, message[(digits + 1)..])) == Arrival.AfterGap)
        {
            RequestFill();
        }
    }

    // The client's queue of messages is unbounded: beyond our bound they are dropped, and read from the log.
    private void Shed(ChannelMessageQueue queue)
    {
        if (queue.TryGetCount(out var count) && count > MaxUnread)
        {
            while (queue.TryRead(out _))
            {
            }

            RequestFill();
        }
    }

    private Arrival Accept(SequencedChunk chunk)
    {
        var last = stream.Accept(chunk);
        if (chunk.Sequence != last + 1)
        {
            return chunk.Sequence <= last ? Arrival.Known : Arrival.AfterGap;
        }

        lock (access)
        {
            lastProgress = context.Time.GetTimestamp();
            silence = MinSilence;
        }

        return Arrival.Accepted;
    }

    private async Task FillAsync()
    {
        while (true)
        {
            try
            {
                context.Metrics.Recovered(await ReadOnAsync());
                if (!stream.HasEnded && silence > MinSilence && await IsLostAsync())
                {
                    stream.SetLost();
                }
            }
            catch (Exception exception) when (exception is ChatJobsUnavailableException or OperationCanceledException)
            {
                // The next tick reads again.
            }

            lock (access)
            {
                if (!fillAgain || closing.IsCancellationRequested)
                {
                    isFilling = false;
                    return;
                }

                fillAgain = false;
            }
        }
    }

    private async Task<bool> IsLostAsync()
    {
        var isGone = await context.IsGoneAsync(stream.JobId);
        lock (access)
        {
            goneSince = isGone ? goneSince ?? context.Time.GetTimestamp() : null;
            return goneSince is { } since && context.Time.GetElapsedTime(since) >= context.GonePatience;
        }
    }

    private async Task<int> ReadOnAsync()
    {
        var count = 0;
        SequencedChunk[] chunks;
        do
        {
            chunks = await context.Log.ReadAsync(stream.JobId, stream.LastSequence + 1, BatchSize);
            count += chunks.Count(chunk => Accept(chunk) == Arrival.Accepted);
        }
        while (chunks.Length == BatchSize);
        return count;
    }
}
