namespace AgnoAspire.ChatJobs.Streams;

/// <summary>A chunk with its place in the stream.</summary>
/// <param name="Sequence">Its place, from 1.</param>
/// <param name="Bytes">Its JSON in UTF-8, one line.</param>
public readonly record struct SequencedChunk(long Sequence, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Gets whether the stream ends with this chunk.</summary>
    public bool IsTerminal => ChatChunk.IsTerminal(Bytes.Span);
}
