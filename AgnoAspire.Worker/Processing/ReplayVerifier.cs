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
        ErrorCode.ReplayDiverged, "The worker was lost in mid-answer and the model answered differently when it was asked again; the text so far is kept.");
}
