using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace AgnoAspire.Benchmarks.Provider;

/// <summary>What the fake provider answers: words that follow from the stream's number alone, so that whoever asked knows every character.</summary>
/// <param name="Stream">The stream's number.</param>
/// <param name="Words">How many pieces the answer has.</param>
/// <param name="Pace">The time between two pieces; zero for as fast as can be.</param>
internal sealed record Answer(long Stream, int Words, TimeSpan Pace)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    // What breaks careless code: escapes, line ends, an emoji of several code points, letters outside ASCII.
    private static readonly string[] Oddities = ["\n\n", "\"so\" ", "\\ ", "👩‍🚀", "größer ", "data: ", "日本", "🙂", "\t"];

    /// <summary>The stream's number that asks for pieces which tell when they were sent.</summary>
    public const long Clock = 0;

    public string Prompt => string.Create(CultureInfo.InvariantCulture, $"{Stream} {Words} {Pace.TotalMilliseconds}");

    /// <summary>Reads what was asked.</summary>
    /// <exception cref="FormatException">It is none of our prompts.</exception>
    public static Answer Read(string prompt)
    {
        var parts = prompt.Split(' ');
        return parts.Length == 3
            ? new Answer(
                long.Parse(parts[0], CultureInfo.InvariantCulture),
                int.Parse(parts[1], CultureInfo.InvariantCulture),
                TimeSpan.FromMilliseconds(double.Parse(parts[2], CultureInfo.InvariantCulture)))
            : throw new FormatException("A prompt has three numbers.");
    }

    /// <summary>One piece of the answer.</summary>
    /// <param name="index">Its place, from 0.</param>
    public string Word(int index)
    {
        if (Stream == Clock)
        {
            // One clock for all processes of a machine.
            return string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetTimestamp()} ");
        }

        var mixed = ((ulong)Stream * Golden) + (ulong)index;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed ^= mixed >> 27;
        return mixed % 16 == 0 ? Oddities[mixed / 16 % (ulong)Oddities.Length] : $"w{index}-{mixed % 10_000} ";
    }

    /// <summary>All of it.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Words; i++)
        {
            text.Append(Word(i));
        }

        return text.ToString();
    }
}
