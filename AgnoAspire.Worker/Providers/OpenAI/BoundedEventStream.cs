using System.Buffers;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>
/// A response for <see cref="System.Net.ServerSentEvents.SseParser"/>, which by itself accepts events of any size, drops a last event without a blank
/// line and yields nothing for a body of another kind. Bytes before a failure are passed on; the read after them throws.
/// </summary>
internal sealed class BoundedEventStream(
    Stream inner, ProviderErrorMapper errors, int maxEventBytes, long maxResponseBytes, Action? onComment = null) : Stream
{
    private const int MaxKeptBytes = 16 * 1024;

    // It is in memory as a whole, and more than once while it is parsed.
    private const int MaxJsonBytes = 4 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> line = new();
    private readonly ArrayBufferWriter<byte> otherBody = new();
    private Exception? failure;
    private long bytes;
    private long eventBytes;
    private int addedLineFeeds;
    private bool afterCarriageReturn;
    private bool isEventStream;

    /// <summary>Gets whether the provider has closed the stream; an event parsed after that may be incomplete.</summary>
    public bool HasEnded => addedLineFeeds > 0;

    /// <summary>Gets the body, if it has ended and is no event stream; line ends are missing in it.</summary>
    public ReadOnlySpan<byte> OtherBody => HasEnded && !isEventStream ? otherBody.WrittenSpan : [];

    // A whole answer of a server that does not stream; no field of an event begins so.
    private bool IsJson => !isEventStream && (otherBody.WrittenSpan is [(byte)'{', ..] || line.WrittenSpan is [(byte)'{', ..]);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Flush() => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfFailed();
        try
        {
            var count = HasEnded ? 0 : await inner.ReadAsync(buffer, cancellationToken);
            var sound = count > 0 ? Inspect(buffer.Span[..count]) : End(buffer.Span);
            if (sound == 0)
            {
                ThrowIfFailed();
            }

            return sound;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw errors.Closed();
        }
    }

    /// <summary>Throws what is wrong with the bytes read so far.</summary>
    public void ThrowIfFailed()
    {
        if (failure is not null)
        {
            throw failure;
        }
    }

    private int End(Span<byte> buffer)
    {
        if (!HasEnded)
        {
            EndLine(line.WrittenSpan);
        }

        // Two line feeds dispatch a last event that lacks its blank line.
        var added = failure is null ? Math.Min(2 - addedLineFeeds, buffer.Length) : 0;
        buffer[..added].Fill((byte)'\n');
        addedLineFeeds += added;
        return added;
    }

    // Returns how many of the bytes may be passed on: all, or those before the failure.
    private int Inspect(ReadOnlySpan<byte> next)
    {
        bytes += next.Length;
        failure = bytes > maxResponseBytes ? errors.Malformed($"more than {maxResponseBytes} bytes") : null;
        var start = 0;
        while (start < next.Length && failure is null)
        {
            var end = next[start..].IndexOfAny((byte)'\r', (byte)'\n');
            var part = end < 0 ? next[start..] : next.Slice(start, end);
            eventBytes += part.Length;
            Keep(line, part);
            if (IsJson ? bytes > MaxJsonBytes : eventBytes > maxEventBytes)
            {
                failure = errors.Malformed(IsJson ? $"an answer of more than {MaxJsonBytes} bytes in one piece" : $"an event of more than {maxEventBytes} bytes");
                break;
            }

            start += part.Length + 1;
            if (end >= 0)
            {
                // The line feed of a CRLF ends no line.
                if (!(afterCarriageReturn && end == 0 && next[start - 1] == '\n'))
                {
                    EndLine(line.WrittenSpan);
                }

                line.ResetWrittenCount();
            }

            afterCarriageReturn = end >= 0 && next[start - 1] == '\r';
        }

        return Math.Min(start, next.Length);
    }

    private void EndLine(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            eventBytes = 0;
        }
        else if (text.StartsWith("error:"u8))
        {
            // Older llama.cpp servers name the field, not the event, and the parser ignores unknown fields.
            failure = errors.MapEvent(text["error:".Length..]);
        }
        else if (text[0] == ':')
        {
            isEventStream = true;
            onComment?.Invoke();
        }
        else if (text.StartsWith("data"u8) || text.StartsWith("event"u8) || text.StartsWith("id"u8) || text.StartsWith("retry"u8))
        {
            isEventStream = true;
        }
        else
        {
            Keep(otherBody, text);
        }
    }

    // A whole answer is kept, which the limit of the response bounds; of an event the start says what it is.
    private void Keep(ArrayBufferWriter<byte> kept, ReadOnlySpan<byte> next)
    {
        var limit = isEventStream ? MaxKeptBytes : IsJson || next is [(byte)'{', ..] ? int.MaxValue : maxEventBytes;
        kept.Write(next[..Math.Min(next.Length, Math.Max(0, limit - kept.WrittenCount))]);
    }
}
