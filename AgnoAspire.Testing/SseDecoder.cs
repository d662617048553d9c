using System.Buffers;
using System.Buffers.Text;

namespace AgnoAspire.Testing;

/// <summary>One event, valid during the call only, with the last event id so far, also one of an earlier event; the name is empty by default.</summary>
public readonly ref struct SseMessage(ReadOnlySpan<byte> id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, bool hasId)
{
    public ReadOnlySpan<byte> Id { get; } = id;

    public ReadOnlySpan<byte> Name { get; } = name;

    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Gets the event's own id as a number; 0 without one.</summary>
    public long Sequence => hasId && Utf8Parser.TryParse(Id, out long sequence, out _) ? sequence : 0;
}

/// <summary>Receives an event.</summary>
public delegate void SseHandler(SseMessage message);

/// <summary>
/// Finds Server-Sent Events in bytes as they arrive (WHATWG HTML, section 9.2.6, without lines that end in CR alone), without allocating for a
/// line or an event. Counts comments.
/// </summary>
public sealed class SseDecoder(SseHandler onEvent)
{
    private readonly ArrayBufferWriter<byte> partialLine = new();
    private readonly ArrayBufferWriter<byte> data = new();
    private byte[]? buffer;
    private byte[] id = [];
    private byte[] name = [];
    private int idLength;
    private bool hasId;
    private bool hasData;

    public int Comments { get; private set; }

    public string? Retry { get; private set; }

    /// <summary>Reads what has arrived on a connection, hands on its events and returns how many there were; -1 at the end of the stream.</summary>
    public async ValueTask<int> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        buffer ??= new byte[16 * 1024];
        var count = await body.ReadAsync(buffer, cancellationToken);
        return count == 0 ? -1 : Decode(buffer.AsSpan(0, count));
    }

    /// <summary>Hands on the events that end in these bytes, and returns how many there were.</summary>
    public int Decode(ReadOnlySpan<byte> bytes)
    {
        var events = 0;
        while (bytes.IndexOf((byte)'\n') is >= 0 and var length)
        {
            var line = bytes[..length];
            bytes = bytes[(length + 1)..];
            if (partialLine.WrittenCount > 0)
            {
                partialLine.Write(line);
                line = partialLine.WrittenSpan;
                partialLine.ResetWrittenCount();
            }

            events += DecodeLine(line is [.. var content, (byte)'\r'] ? content : line) ? 1 : 0;
        }

        partialLine.Write(bytes);
        return events;
    }

    // True when the line ended an event.
    private bool DecodeLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            return Dispatch();
        }

        var colon = line.IndexOf((byte)':');
        var field = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? [] : line[(colon + 1)..];
        value = value is [(byte)' ', .. var text] ? text : value;
        if (colon == 0)
        {
            Comments++;
        }
        else if (field.SequenceEqual("data"u8))
        {
            data.Write(hasData ? "\n"u8 : []);
            data.Write(value);
            hasData = true;
        }
        else if (field.SequenceEqual("id"u8))
        {
            id = id.Length < value.Length ? new byte[value.Length * 2] : id;
            value.CopyTo(id);
            (idLength, hasId) = (value.Length, true);
        }
        else if (field.SequenceEqual("event"u8))
        {
            name = value.ToArray();
        }
        else if (field.SequenceEqual("retry"u8))
        {
            Retry = Encoding.UTF8.GetString(value);
        }

        return false;
    }

    private bool Dispatch()
    {
        var isEvent = hasData;
        if (isEvent)
        {
            onEvent(new SseMessage(id.AsSpan(0, idLength), name, data.WrittenSpan, hasId));
        }

        data.ResetWrittenCount();
        (name, hasData, hasId) = ([], false, false);
        return isEvent;
    }
}
