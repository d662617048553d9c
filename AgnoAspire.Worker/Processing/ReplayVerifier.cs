using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Worker.Processing;

/// <summary>Lets a regenerated answer through from where the earlier one broke off, and verifies that it is the same up to there.</summary>
internal sealed class ReplayVerifier(string sent)
{
    private int matched;

    /// <summary>Gets whether everything that was sent has come again.</summary>
    public bool IsComplete => matched == sent.Length;

    /// <summary>What of a piece is new; empty while it repeats what was sent.</summary>
    /// <exception cref="InferenceException">The answer is another one than before.</exception>
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

    public static InferenceException Diverged() => new(
        ErrorCode.ReplayDiverged,
        "The worker was lost in mid-answer and the model answered differently when asked again; the text so far is kept.");
}
