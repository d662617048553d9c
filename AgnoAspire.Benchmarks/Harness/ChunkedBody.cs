namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Takes the chunked transfer coding (RFC 9112, section 7.1) off a response's body, in place.</summary>
internal sealed class ChunkedBody
{
    private long left;
    private long size;
    private bool hasSize;

    /// <summary>Takes the next run of content off what was received; empty when all of it was read.</summary>
    public ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> received)
    {
        while (!received.IsEmpty)
        {
            if (left > 0)
            {
                var content = received[..(int)Math.Min(left, received.Length)];
                left -= content.Length;
                received = received[content.Length..];
                return content;
            }

            TakeSize(received[0]);
            received = received[1..];
        }

        return [];
    }

    // The line end behind a chunk's content is read as an empty line before the next size.
    private void TakeSize(byte character)
    {
        if (char.IsAsciiHexDigit((char)character))
        {
            size = (size * 16) + (character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10);
            hasSize = true;
        }
        else if (character == '\n' && hasSize)
        {
            left = size;
            size = 0;
            hasSize = false;
        }
    }
}
