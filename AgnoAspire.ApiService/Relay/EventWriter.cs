using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.Relay;

/// <summary>Writes Server-Sent Events (WHATWG HTML, section 9.2) into a response, chunks as they are in the log.</summary>
internal readonly struct EventWriter(PipeWriter output)
{
    private const int LongestNumber = 20;

    /// <summary>Tells the client how long to wait before it reconnects.</summary>
    public void Retry(TimeSpan delay)
    {
        output.Write("retry: "u8);
        Number((long)delay.TotalMilliseconds);
        output.Write("\n\n"u8);
    }

    /// <summary>One chunk as one unnamed event, with its sequence as id.</summary>
    public void Chunk(LoggedChunk chunk)
    {
        output.Write("id: "u8);
        Number(chunk.Sequence);
        output.Write("\ndata: "u8);
        output.Write(chunk.Bytes.Span);
        output.Write("\n\n"u8);
    }

    /// <summary>An event that is not in the log, so it has no id.</summary>
    public void Data(ReadOnlySpan<byte> json)
    {
        output.Write("data: "u8);
        output.Write(json);
        output.Write("\n\n"u8);
    }

    /// <summary>A comment, which no client shows, so that proxies keep the connection.</summary>
    public void Heartbeat() => output.Write(": keep-alive\n\n"u8);

    private void Number(long number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(LongestNumber), out var written);
        output.Advance(written);
    }
}
