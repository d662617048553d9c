using System.Buffers.Text;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// Finds Server-Sent Events in bytes as they come, without a copy a line; a line that came in part is kept for the next call. An event without
/// its blank line is left out, as the standard says.
/// </summary>
internal sealed class EventLines(Action<long, ReadOnlySpan<byte>> onEvent)
{
    private byte[] kept = [];
    private byte[] data = new byte[256];
    private int keptLength;
    private int dataLength = -1;
    private long id;

    /// <summary>Hands on the events that end in these bytes.</summary>
    /// <returns>How many there were.</returns>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        var events = 0;
        while (bytes.IndexOf((byte)'\n') is >= 0 and var length)
        {
            var line = bytes[..length];
            if (keptLength > 0)
            {
                Keep(line);
                line = kept.AsSpan(0, keptLength);
                keptLength = 0;
            }

            events += TakeLine(line) ? 1 : 0;
            bytes = bytes[(length + 1)..];
        }

        Keep(bytes);
        return events;
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (kept.Length < keptLength + part.Length)
        {
            Array.Resize(ref kept, (keptLength + part.Length) * 2);
        }

        part.CopyTo(kept.AsSpan(keptLength));
        keptLength += part.Length;
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
