using Microsoft.Extensions.AI;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>The whole answer to a request, after its limits.</summary>
/// <param name="Text">The text.</param>
/// <param name="FinishReason">Why it ends there.</param>
internal sealed record DemoAnswer(string Text, ChatFinishReason FinishReason)
{
    /// <summary>Writes the answer.</summary>
    /// <param name="conversation">The messages.</param>
    /// <param name="options">The limits and the seed.</param>
    /// <returns>The answer.</returns>
    public static DemoAnswer For(IReadOnlyList<ChatMessage> conversation, ChatOptions? options)
    {
        // A story that is being continued is the one that was told before its beginning was sent back.
        if (conversation is [.., { } last] && last.Role == ChatRole.Assistant && last.Text.Length > 0)
        {
            IReadOnlyList<ChatMessage> before = [.. conversation.SkipLast(1)];
            var whole = StoryTeller.Tell(before, StableChoice.For(before, options?.Seed));
            if (whole.StartsWith(last.Text, StringComparison.Ordinal))
            {
                return Limit(whole[last.Text.Length..], options);
            }
        }

        return Limit(StoryTeller.Tell(conversation, StableChoice.For(conversation, options?.Seed)), options);
    }

    /// <summary>Ends a text as a model would: at the first stop text that is whole before the last token allowed, or else there.</summary>
    private static DemoAnswer Limit(string text, ChatOptions? options)
    {
        var end = options?.MaxOutputTokens is { } most ? DemoTokens.EndOf(text, most) : text.Length;
        var allowed = text[..end];
        var stop = (options?.StopSequences ?? [])
            .Where(stopText => stopText.Length > 0)
            .Select(stopText => allowed.IndexOf(stopText, StringComparison.Ordinal))
            .Where(at => at >= 0)
            .DefaultIfEmpty(-1)
            .Min();
        return stop >= 0 ? new DemoAnswer(Whole(allowed[..stop]), ChatFinishReason.Stop)
            : new DemoAnswer(allowed, end < text.Length ? ChatFinishReason.Length : ChatFinishReason.Stop);
    }

    /// <summary>A stop text that is half a character must not leave the other half behind.</summary>
    private static string Whole(string text) => text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[..^1] : text;
}
