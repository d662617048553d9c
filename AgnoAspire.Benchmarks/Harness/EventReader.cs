using System.Buffers.Text;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Reads Server-Sent Events without a copy a line. A connection that ends in the middle of an event leaves that event out, as the standard says.</summary>
internal sealed class EventReader(Stream body, Action<long, ReadOnlySpan<byte>> onEvent)
{
    private byte[] buffer = new byte[16 * 1024];
    private byte[] data = new byte[1024];
    private int filled;
    private int dataLength = -1;
    private long id;

    /// <summary>Reads what has come and hands on its events.</summary>
    /// <returns>How many events came; -1 when the connection has ended.</returns>
    public async ValueTask<int> ReadAsync(CancellationToken cancellationToken)
    {
        if (filled == buffer.Length)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
        }

        var count = await body.ReadAsync(buffer.AsMemory(filled), cancellationToken);
        if (count == 0)
        {
            return -1;
        }

        filled += count;
        return TakeLines();
    }

    private int TakeLines()
    {
        var events = 0;
        var start = 0;
        while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
        {
            events += TakeLine(buffer.AsSpan(start, length)) ? 1 : 0;
            start += length + 1;
        }

        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        filled -= start;
        return events;
    }

    // True when the line ended an event.
    private bool TakeLine(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("id: "u8))
        {
            id = Utf8Parser.TryParse(line[4..], out long sequence, out _) ? sequence : 0;
        }
        else if (line.StartsWith("data: "u8))
        {
            dataLength = line.Length - 6;
            if (data.Length < dataLength)
            {
                data = new byte[dataLength * 2];
            }

            line[6..].CopyTo(data);
        }
        else if (line.IsEmpty && dataLength >= 0)
        {
            onEvent(id, data.AsSpan(0, dataLength));
            dataLength = -1;
            id = 0;
            return true;
        }

        return false;
    }
}
