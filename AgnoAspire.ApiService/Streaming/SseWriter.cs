using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>Writes Server-Sent Events (WHATWG HTML, section 9.2); the bytes of chunks are copied.</summary>
internal readonly struct SseWriter(PipeWriter output)
{
    private const int MaxDigits = 20;

    // "id: ", a line feed, "data: " and two line feeds.
    private const int FrameSize = 13;

    // GetSpan takes two locks in Kestrel, so an event is written with one call; for a larger span Kestrel would copy the data twice.
    private const int MaxSinglePieceSize = 2048;

    /// <summary>Sets how long the client waits before it reconnects. No blank line: some clients treat it as an event without data.</summary>
    public void Retry(TimeSpan delay)
    {
        output.Write("retry: "u8);
        Number((long)delay.TotalMilliseconds);
        output.Write("\n"u8);
    }

    /// <summary>Writes a chunk as an unnamed event, with its sequence number as id.</summary>
    public void Chunk(SequencedChunk chunk)
    {
        var data = chunk.Bytes.Span;
        if (data.Length > MaxSinglePieceSize)
        {
            Id(chunk.Sequence);
            Data(data);
            return;
        }

        var span = output.GetSpan(FrameSize + MaxDigits + data.Length);
        "id: "u8.CopyTo(span);
        Utf8Formatter.TryFormat(chunk.Sequence, span[4..], out var digits);
        var end = 4 + digits;
        "\ndata: "u8.CopyTo(span[end..]);
        end += 7;
        data.CopyTo(span[end..]);
        end += data.Length;
        "\n\n"u8.CopyTo(span[end..]);
        output.Advance(end + 2);
    }

    /// <summary>Writes the id of the event whose data follows.</summary>
    public void Id(long sequence)
    {
        output.Write("id: "u8);
        Number(sequence);
        output.Write("\n"u8);
    }

    /// <summary>Writes the data of an event, one line.</summary>
    public void Data(ReadOnlySpan<byte> json)
    {
        output.Write("data: "u8);
        output.Write(json);
        output.Write("\n\n"u8);
    }

    /// <summary>Writes the data of an event from three pieces.</summary>
    public void Data(ReadOnlySpan<byte> start, ReadOnlySpan<byte> middle, ReadOnlySpan<byte> end)
    {
        output.Write("data: "u8);
        output.Write(start);
        output.Write(middle);
        output.Write(end);
        output.Write("\n\n"u8);
    }

    /// <summary>Writes a comment, which clients ignore, so that proxies keep the connection open; again without a blank line.</summary>
    public void KeepAlive() => output.Write(": keep-alive\n"u8);

    private void Number(long number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(MaxDigits), out var written);
        output.Advance(written);
    }
}
