using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>The last chunks of one live stream, without gaps, bounded in number and bytes. Guarded by its stream's lock.</summary>
internal sealed class ChunkRingBuffer
{
    private const int MostChunks = 256;
    private const int MostBytes = 256 * 1024;

    // Grows with the stream: most answers are far from the bound, and there are thousands of streams.
    private SequencedChunk[] ring = new SequencedChunk[16];
    private long first = 1;
    private long bytes;

    /// <summary>Gets the sequence of the newest chunk seen, 0 before the first.</summary>
    public long Last { get; private set; }

    /// <summary>Begins behind a chunk of which nothing is held.</summary>
    public void StartAfter(long sequence)
    {
        Last = sequence;
        first = sequence + 1;
    }

    /// <summary>Takes the next chunk, letting go of the oldest ones as bounds demand.</summary>
    public void Push(SequencedChunk chunk)
    {
        while (first <= Last && (Last - first + 1 >= MostChunks || bytes + chunk.Bytes.Length > MostBytes))
        {
            ref var oldest = ref ring[first % ring.Length];
            bytes -= oldest.Bytes.Length;
            oldest = default;
            first++;
        }

        if (Last - first + 1 == ring.Length)
        {
            Grow();
        }

        Last = chunk.Sequence;
        ring[Last % ring.Length] = chunk;
        bytes += chunk.Bytes.Length;
    }

    /// <summary>Whether a chunk is older than what is held, so that it has to be read from the log.</summary>
    public bool HasEvicted(long sequence) => sequence < first;

    /// <summary>Copies what is held from a sequence on, and returns how many chunks.</summary>
    public int CopyTo(long from, Span<SequencedChunk> batch)
    {
        var count = (int)Math.Clamp(Last - from + 1, 0, batch.Length);
        for (var i = 0; i < count; i++)
        {
            batch[i] = ring[(from + i) % ring.Length];
        }

        return count;
    }

    private void Grow()
    {
        var larger = new SequencedChunk[ring.Length * 2];
        for (var sequence = first; sequence <= Last; sequence++)
        {
            larger[sequence % larger.Length] = ring[sequence % ring.Length];
        }

        ring = larger;
    }
}
