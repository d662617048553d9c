namespace AgnoAspire.Worker.Processing;

/// <summary>Verifies that a regenerated answer starts with the text already sent, and lets only the rest through.</summary>
internal sealed class ReplayVerifier(string sent, int reasoningLength = 0)
{
    private int matched;
    private int skipped;

    /// <summary>Gets whether all of the text already sent was repeated.</summary>
    public bool IsComplete => matched == sent.Length;

    /// <summary>Returns what of the text is new; empty while it repeats what was sent.</summary>
    /// <exception cref="InferenceException">The answer differs from the text already sent.</exception>
    public string Accept(string text)
    {
        var repeated = Math.Min(text.Length, sent.Length - matched);
        if (!text.AsSpan(0, repeated).SequenceEqual(sent.AsSpan(matched, repeated)))
        {
            throw Diverged();
        }

        matched += repeated;
        return text[repeated..];
    }

    /// <summary>
    /// Returns what of the reasoning is new, by its length: it is not verified. None is while text already sent is still to be repeated, as it would follow
    /// that text.
    /// </summary>
    public string Skip(string reasoning)
    {
        var repeated = IsComplete ? Math.Min(reasoning.Length, reasoningLength - skipped) : reasoning.Length;
        skipped = Math.Min(skipped + repeated, reasoningLength);

        // The text sent before ended with a whole character; this one may be cut there.
        return reasoning[(repeated < reasoning.Length && char.IsLowSurrogate(reasoning[repeated]) ? repeated + 1 : repeated)..];
    }

    public static InferenceException Diverged() => new(
        ErrorCode.ReplayDiverged, "The answer was interrupted and the model answered differently when it was asked again; the text so far is kept.");
}

/// <summary>
/// Detects that a model which was to continue a text starts over, and then lets only what is new through. Text that repeats the start of the one sent is
/// held until it differs: a continuation, or is long enough: an answer that starts over. A short text is not checked, as it may well occur twice.
/// </summary>
internal sealed class RestartDetector(string sent)
{
    private const int ShortText = 16;
    private const int Enough = 64;

    private readonly StringBuilder held = new();
    private bool continues = sent.Length < ShortText;
    private ReplayVerifier? replay;

    /// <summary>Gets whether a repeated text was repeated to its end.</summary>
    public bool IsComplete => replay?.IsComplete ?? true;

    /// <summary>Returns what of the text is new.</summary>
    /// <exception cref="InferenceException">The answer starts over and differs from the text already sent.</exception>
    public string Accept(string text)
    {
        if (continues || replay is not null)
        {
            return replay?.Accept(text) ?? text;
        }

        held.Append(text);
        var all = held.ToString();
        var compared = Math.Min(all.Length, sent.Length);
        if (!all.AsSpan(0, compared).SequenceEqual(sent.AsSpan(0, compared)))
        {
            return Release();
        }

        if (compared < Math.Min(sent.Length, Enough))
        {
            return "";
        }

        held.Clear();
        replay = new ReplayVerifier(sent);
        return replay.Accept(all);
    }

    /// <summary>Returns what was held, which is new after all.</summary>
    public string Release()
    {
        continues = replay is null;
        var all = held.ToString();
        held.Clear();
        return all;
    }
}
