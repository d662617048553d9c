using System.Buffers;
using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>
/// Reads along in a provider's server-sent events, because the package that parses them ends an answer quietly on an error event.
/// Finds errors in all the forms that are in use, and keeps a hostile provider within bounds.
/// </summary>
/// <param name="failures">Makes the failure of what is found.</param>
/// <param name="mostEventBytes">The longest event allowed.</param>
/// <param name="mostBytes">The longest stream allowed.</param>
internal sealed class EventStreamInspector(ProviderFailures failures, int mostEventBytes, long mostBytes)
{
    private readonly ArrayBufferWriter<byte> line = new();
    private readonly ArrayBufferWriter<byte> data = new();
    private long bytes;
    private int eventBytes;
    private bool afterCarriageReturn;
    private bool isError;
    private bool sawData;
    private bool sawGarbage;

    /// <summary>Gets what is wrong with the stream, once something is.</summary>
    public InferenceException? Failure { get; private set; }

    /// <summary>Reads the next bytes.</summary>
    /// <param name="next">The bytes, as they came.</param>
    /// <returns>How many of them, from the first, may be passed on: all, or those before the event that is a <see cref="Failure"/>.</returns>
    public int Inspect(ReadOnlySpan<byte> next)
    {
        var start = 0;
        var sound = 0;
        bytes += next.Length;
        if (bytes > mostBytes)
        {
            Failure = failures.Malformed($"more than {mostBytes} bytes.");
            return 0;
        }

        while (start < next.Length)
        {
            var rest = next[start..];
            if (afterCarriageReturn && rest[0] == (byte)'\n')
            {
                rest = rest[1..];
                start++;
            }

            afterCarriageReturn = false;
            var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
            var part = end < 0 ? rest : rest[..end];
            eventBytes += part.Length;
            if (eventBytes > mostEventBytes)
            {
                Failure = failures.Malformed($"an event of more than {mostEventBytes} bytes.");
                return sound;
            }

            line.Write(part);
            if (end < 0)
            {
                break;
            }

            afterCarriageReturn = rest[end] == (byte)'\r';
            start += end + 1;
            if (!EndLine())
            {
                return sound;
            }

            // Only at an event's end is what came before known to be sound.
            sound = eventBytes == 0 ? start : sound;
        }

        return next.Length;
    }

    /// <summary>Tells that no more bytes come.</summary>
    public void End()
    {
        if (!sawData && sawGarbage)
        {
            Failure ??= failures.Malformed("something that is not an event stream.");
        }
    }

    private bool EndLine()
    {
        var written = line.WrittenSpan;
        if (written.IsEmpty)
        {
            EndEvent();
        }
        else
        {
            ReadField(written);
        }

        line.ResetWrittenCount();
        return Failure is null;
    }

    private void ReadField(ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        var name = colon < 0 ? field : field[..colon];
        var value = colon < 0 ? [] : field[(colon + 1)..].TrimStart((byte)' ');
        if (name.SequenceEqual("data"u8))
        {
            sawData = true;
            if (data.WrittenCount > 0)
            {
                data.Write("\n"u8);
            }

            data.Write(value);
        }
        else if (name.SequenceEqual("event"u8))
        {
            isError |= value.SequenceEqual("error"u8);
        }
        else if (name.SequenceEqual("error"u8))
        {
            // Older llama.cpp servers name the field, not the event.
            isError = true;
            data.Write(value);
        }
        else
        {
            sawGarbage |= !name.IsEmpty && !name.SequenceEqual("id"u8) && !name.SequenceEqual("retry"u8);
        }
    }

    private void EndEvent()
    {
        var written = data.WrittenSpan;
        if (isError)
        {
            Failure = failures.Error(ErrorText.Read(written) ?? new ProviderError(null, null));
        }
        else if (written.IndexOf("\"error\""u8) >= 0 && ErrorText.Read(written) is { } error)
        {
            // The search spares nearly every event the parsing.
            Failure = failures.Error(error);
        }

        data.ResetWrittenCount();
        eventBytes = 0;
        isError = false;
    }
}
