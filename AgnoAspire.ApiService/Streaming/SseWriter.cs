using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>Writes Server-Sent Events (WHATWG HTML, section 9.2) into a response, chunks as they are in the log.</summary>
internal readonly struct SseWriter(PipeWriter output)
{
    private const int LongestNumber = 20;

    // What an event has around its data and the number: "id: ", a line end, "data: " and two line ends.
    private const int Frame = 13;

    // Asking the response for room takes two locks, so an event takes one room; a larger one would make the response copy it twice.
    private const int LargestInOneRoom = 2048;

    /// <summary>Tells the client how long to wait before it reconnects. No blank line: some clients take one for an event without data.</summary>
    public void Retry(TimeSpan delay)
    {
        output.Write("retry: "u8);
        Number((long)delay.TotalMilliseconds);
        output.Write("\n"u8);
    }

    /// <summary>One chunk as one unnamed event, with its sequence as id.</summary>
    public void Chunk(SequencedChunk chunk)
    {
        var data = chunk.Bytes.Span;
        if (data.Length > LargestInOneRoom)
        {
            Id(chunk.Sequence);
            Data(data);
            return;
        }

        var room = output.GetSpan(Frame + LongestNumber + data.Length);
        "id: "u8.CopyTo(room);
        Utf8Formatter.TryFormat(chunk.Sequence, room[4..], out var digits);
        var end = 4 + digits;
        "\ndata: "u8.CopyTo(room[end..]);
        end += 7;
        data.CopyTo(room[end..]);
        end += data.Length;
        "\n\n"u8.CopyTo(room[end..]);
        output.Advance(end + 2);
    }

    /// <summary>Says which chunk the event whose data follows ends with.</summary>
    public void Id(long sequence)
    {
        output.Write("id: "u8);
        Number(sequence);
        output.Write("\n"u8);
    }

    /// <summary>The data of an event, in one line.</summary>
    public void Data(ReadOnlySpan<byte> json)
    {
        output.Write("data: "u8);
        output.Write(json);
        output.Write("\n\n"u8);
    }

    /// <summary>The data of an event that is put together of three pieces.</summary>
    public void Data(ReadOnlySpan<byte> start, ReadOnlySpan<byte> middle, ReadOnlySpan<byte> end)
    {
        output.Write("data: "u8);
        output.Write(start);
        output.Write(middle);
        output.Write(end);
        output.Write("\n\n"u8);
    }

    /// <summary>A comment, which no client shows, so that proxies keep the connection; again without a blank line.</summary>
    public void KeepAlive() => output.Write(": keep-alive\n"u8);

    private void Number(long number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(LongestNumber), out var written);
        output.Advance(written);
    }
}
