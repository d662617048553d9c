using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.Tests.Unit.ChatJobs.Relay;

public sealed class ChunkRingBufferTests
{
    private const int MaxChunks = 256;
    private const int MaxBytes = 256 * 1024;

    private readonly ChunkRingBuffer buffer = new();

    [Fact]
    public void New_buffer_has_nothing_and_has_evicted_nothing()
    {
        Assert.Equal(0, buffer.Last);
        Assert.False(buffer.HasEvicted(1));
        Assert.Empty(Copy(1));
    }

    [Fact]
    public void Chunks_are_copied_from_a_sequence_on_up_to_the_batch()
    {
        Push(1, 5);

        Assert.Equal([1, 2, 3, 4, 5], Copy(1));
        Assert.Equal([4, 5], Copy(4));
        Assert.Equal([2, 3], Copy(2, batch: 2));
        Assert.Empty(Copy(6));
    }

    [Fact]
    public void Buffer_grows_without_losing_chunks()
    {
        Push(1, 200);

        Assert.False(buffer.HasEvicted(1));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), Copy(1));
    }

    [Fact]
    public void Oldest_chunks_are_evicted_above_the_maximum_count()
    {
        Push(1, MaxChunks + 100);

        Assert.True(buffer.HasEvicted(100));
        Assert.False(buffer.HasEvicted(101));
        Assert.Equal(Enumerable.Range(101, MaxChunks).Select(i => (long)i), Copy(101));
    }

    [Fact]
    public void Oldest_chunks_are_evicted_above_the_maximum_bytes()
    {
        Push(1, 6, MaxBytes / 4);

        Assert.True(buffer.HasEvicted(2));
        Assert.Equal([3, 4, 5, 6], Copy(3));
    }

    [Fact]
    public void Chunk_larger_than_the_maximum_is_held_alone()
    {
        Push(1, 2);
        Push(3, 1, MaxBytes * 2);
        Assert.Equal([3], Copy(3));
        Push(4, 1);

        Assert.True(buffer.HasEvicted(3));
        Assert.Equal([4], Copy(4));
    }

    [Fact]
    public void Buffer_can_start_after_any_sequence()
    {
        buffer.StartAfter(1000);
        Push(1001, 20);

        Assert.True(buffer.HasEvicted(1000));
        Assert.Equal(1020, buffer.Last);
        Assert.Equal(Enumerable.Range(1001, 20).Select(i => (long)i), Copy(1001));
    }

    private void Push(long first, int count, int bytes = 10)
    {
        for (var i = 0; i < count; i++)
        {
            buffer.Push(new SequencedChunk(first + i, new byte[bytes]));
        }
    }

    private IEnumerable<long> Copy(long from, int batch = 1000)
    {
        var chunks = new SequencedChunk[batch];
        return chunks[..buffer.CopyTo(from, chunks)].Select(chunk => chunk.Sequence);
    }
}
