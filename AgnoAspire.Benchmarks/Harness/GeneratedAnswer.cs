namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// An answer of the fake provider; its texts follow from the stream's number, so a client knows every character. An interval of zero between two
/// deltas is as fast as possible.
/// </summary>
internal sealed record GeneratedAnswer(long Stream, int Deltas, TimeSpan Interval)
{
    /// <summary>The stream whose deltas are the timestamps at which they were sent.</summary>
    public const long Timestamps = 0;

    private const ulong Golden = 0x9E3779B97F4A7C15;

    // What breaks careless code: escapes, line ends, an emoji of several code points, letters outside ASCII.
    private static readonly string[] Oddities = ["\n\n", "\"so\" ", "\\ ", "👩‍🚀", "größer ", "data: ", "日本", "🙂", "\t"];

    public string Prompt => string.Create(CultureInfo.InvariantCulture, $"{Stream} {Deltas} {Interval.TotalMilliseconds}");

    /// <exception cref="FormatException">It is not a prompt of ours.</exception>
    public static GeneratedAnswer Parse(string prompt)
    {
        var parts = prompt.Split(' ');
        return parts.Length == 3
            ? new GeneratedAnswer(
                long.Parse(parts[0], CultureInfo.InvariantCulture),
                int.Parse(parts[1], CultureInfo.InvariantCulture),
                TimeSpan.FromMilliseconds(double.Parse(parts[2], CultureInfo.InvariantCulture)))
            : throw new FormatException("A prompt has three numbers.");
    }

    /// <summary>The text of a delta, counted from 0.</summary>
    public string Delta(int index)
    {
        if (Stream == Timestamps)
        {
            // One clock for all processes of a machine.
            return string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetTimestamp()} ");
        }

        var mixed = ((ulong)Stream * Golden) + (ulong)index;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed ^= mixed >> 27;
        return mixed % 16 == 0 ? Oddities[mixed / 16 % (ulong)Oddities.Length] : $"w{index}-{mixed % 10_000} ";
    }

    public string Text() => string.Concat(Enumerable.Range(0, Deltas).Select(Delta));
}

/// <summary>What a provider can do to an answer.</summary>
internal enum ProviderFault
{
    None, // Nothing.
    Cut, // It closes the connection.
    Stall, // It is silent and keeps the connection.
    Garbage, // It sends something that is not a chat completion.
}

/// <summary>One answer while it is sent; a worker that replays makes another one of the same stream.</summary>
internal sealed class Generation(GeneratedAnswer answer)
{
    public GeneratedAnswer Answer => answer;

    /// <summary>Gets or sets how many deltas were sent.</summary>
    public int Sent { get; set; }

    /// <summary>Gets or sets what happens instead of the next delta.</summary>
    public ProviderFault Fault { get; set; }
}
