using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.Tests.Unit.ApiService.Streaming;

/// <summary>The bytes of events.</summary>
public sealed class SseWriterTests
{
    [Fact]
    public void Retry_is_one_line_without_a_blank_one() => Assert.Equal("retry: 2000\n", SseText.Of(events => events.Retry(TimeSpan.FromSeconds(2))));

    [Fact]
    public void Keep_alive_is_a_comment_without_a_blank_line() => Assert.Equal(": keep-alive\n", SseText.Of(events => events.KeepAlive()));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(long.MaxValue, 2048)]
    [InlineData(12, 2049)]
    [InlineData(13, 100_000)]
    public void Chunk_is_an_event_with_its_sequence_number_as_id(long sequence, int length)
    {
        var data = new string('x', length);

        Assert.Equal($"id: {sequence}\ndata: {data}\n\n", SseText.Of(events => events.Chunk(new SequencedChunk(sequence, Encoding.UTF8.GetBytes(data)))));
    }

    [Fact]
    public void Data_of_three_pieces_is_one_line() =>
        Assert.Equal("id: 7\ndata: abc\n\n", SseText.Of(events =>
        {
            events.Id(7);
            events.Data("a"u8, "b"u8, "c"u8);
        }));
}
