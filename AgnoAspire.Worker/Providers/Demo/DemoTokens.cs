using System.Globalization;
using System.Text;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>The script's tokens: each word is one, and each punctuation mark is one. Blanks belong to the token after them.</summary>
internal static class DemoTokens
{
    /// <summary>Counts a text's tokens.</summary>
    /// <param name="text">The text.</param>
    /// <returns>How many there are.</returns>
    public static long Count(string text)
    {
        long count = 0;
        for (var at = 0; (at = End(text, at, out var any)) > 0 && any;)
        {
            count++;
        }

        return count;
    }

    /// <summary>Finds where a text's first tokens end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many tokens.</param>
    /// <returns>The index after the last of them; the text's length if it has no more.</returns>
    public static int EndOf(string text, int most)
    {
        var at = 0;
        for (var token = 0; token < most && at < text.Length; token++)
        {
            at = End(text, at, out _);
        }

        return at;
    }

    /// <summary>Cuts a text where its words begin, blanks in front: the concatenation is the text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Its words with their punctuation.</returns>
    public static IEnumerable<string> Words(string text)
    {
        var start = 0;
        for (var at = 1; at <= text.Length; at++)
        {
            if (at == text.Length || (char.IsWhiteSpace(text[at]) && !char.IsWhiteSpace(text[at - 1])))
            {
                yield return text[start..at];
                start = at;
            }
        }
    }

    private static int End(string text, int at, out bool any)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        any = at < text.Length;
        var start = at;
        while (at < text.Length && Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) is var _ && IsWord(rune))
        {
            at += length;
        }

        return at > start || !any ? at : at + RuneLength(text, at);
    }

    private static int RuneLength(string text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    private static bool IsWord(Rune rune) =>
        Rune.IsLetterOrDigit(rune) || rune.Value is '\'' or '’' or '-'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
