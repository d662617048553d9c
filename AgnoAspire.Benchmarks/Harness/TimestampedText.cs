using System.Diagnostics;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Reads the provider's clock out of the native face's chunks: pieces that tell when they were sent, one or several a chunk.</summary>
internal sealed class TimestampedText
{
    private long number;

    /// <summary>Reads a chunk.</summary>
    /// <param name="chunk">Its JSON.</param>
    /// <param name="times">Where the time each piece was under way is added, if wanted.</param>
    /// <returns>How many pieces ended in it.</returns>
    public int Take(ReadOnlySpan<byte> chunk, Percentiles? times)
    {
        var now = Stopwatch.GetTimestamp();
        var pieces = 0;

        // A long text can be cut within a piece, so a number can have begun in the chunk before.
        foreach (var character in chunk["{\"content\":\"".Length..])
        {
            if (character is >= (byte)'0' and <= (byte)'9')
            {
                number = (number * 10) + character - '0';
            }
            else if (character == ' ')
            {
                times?.Add(Stopwatch.GetElapsedTime(number, now));
                number = 0;
                pieces++;
            }
            else
            {
                break;
            }
        }

        return pieces;
    }
}
