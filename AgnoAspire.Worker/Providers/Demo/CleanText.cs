using System.Globalization;
using System.Text;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Makes a prompt's words fit to be repeated: plain words on one line, without markup, control characters or halves of characters.</summary>
internal static class CleanText
{
    private const int MostRead = 1000;
    private const int MostMarks = 2;

    /// <summary>Cleans the beginning of a prompt.</summary>
    /// <param name="text">The prompt.</param>
    /// <returns>At most 1,000 characters, one blank between words, no blanks around.</returns>
    public static string Of(string text)
    {
        var clean = new StringBuilder();
        var marks = 0;
        foreach (var rune in text.AsSpan(0, Math.Min(text.Length, MostRead)).EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            marks = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark ? marks + 1 : 0;
            if (marks > MostMarks || (marks > 0 && clean.Length == 0))
            {
                continue;
            }

            if (Rune.IsLetterOrDigit(rune) || marks > 0 || rune.Value is '\'' or '-' or ',' or '.' or '?' or '!' or ':' or ';' or '+' or '=' or '%' or '(' or ')')
            {
                clean.Append(rune.ToString());
            }
            else if (rune.Value == '’')
            {
                clean.Append('\'');
            }
            else if (category != UnicodeCategory.Format && clean.Length > 0 && clean[^1] != ' ')
            {
                clean.Append(' ');
            }
        }

        return clean.ToString().Trim();
    }

    /// <summary>Takes the first words of a text.</summary>
    /// <param name="text">A clean text.</param>
    /// <param name="mostWords">The most words.</param>
    /// <param name="mostLength">The most characters.</param>
    /// <returns>The words, with an ellipsis if there are more.</returns>
    public static string First(string text, int mostWords, int mostLength)
    {
        var words = text.Split(' ');
        var taken = string.Join(' ', words.Take(mostWords));
        if (taken.Length > mostLength)
        {
            var at = taken.LastIndexOf(' ', mostLength - 1);
            taken = taken[..(at > 0 ? at : char.IsHighSurrogate(taken[mostLength - 1]) ? mostLength - 1 : mostLength)];
        }

        return taken.Length < text.Length ? taken.TrimEnd(',', '.', ';', ':', '-') + "…" : taken;
    }
}
