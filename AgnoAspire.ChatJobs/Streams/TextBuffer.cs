namespace AgnoAspire.ChatJobs.Streams;

/// <summary>
/// Gathers the text that waits to be appended and lets it out in pieces that never cut a character: a surrogate pair, an emoji with what
/// is joined to it, a flag.
/// </summary>
internal sealed class TextBuffer
{
    /// <summary>A chunk holds at most this much text, so that no viewer has to take more at once.</summary>
    public const int MostAtOnce = 16 * 1024;

    private const char ZeroWidthJoiner = '\u200D';
    private const char VariationSelector = '\uFE0F';
    private const char FirstSymbol = '\u2190';
    private const char LastSymbol = '\u2BFF';

    private readonly StringBuilder waiting = new();

    public int Length => waiting.Length;

    public void Add(string text) => waiting.Append(text);

    /// <summary>Takes what may go out now; with <paramref name="all"/>, also what something could still have joined. Empty when there is nothing.</summary>
    public string Drain(bool all)
    {
        if (waiting.Length == 0)
        {
            return "";
        }

        var text = waiting.ToString(0, Math.Min(waiting.Length, MostAtOnce));
        var isWhole = text.Length == waiting.Length;
        if (!isWhole || (!all && MayBeJoined(text[^1])))
        {
            text = text[..LastElement(text)];
        }

        waiting.Remove(0, text.Length);
        return text;
    }

    // Letters are taken as complete: waiting for an accent after each would delay every word.
    private static bool MayBeJoined(char last) =>
        char.IsSurrogate(last) || last is ZeroWidthJoiner or VariationSelector or (>= FirstSymbol and <= LastSymbol);

    // Where the last text element begins. One that fills all there is is cut by code point, which is still valid text.
    private static int LastElement(string text)
    {
        var start = 0;
        while (StringInfo.GetNextTextElementLength(text, start) is var length && start + length < text.Length)
        {
            start += length;
        }

        return start > 0 || text.Length < MostAtOnce ? start : text.Length - (char.IsHighSurrogate(text[^1]) ? 1 : 0);
    }
}
