namespace AgnoAspire.ChatJobs.RateLimiting;

/// <summary>Estimates the tokens of a text without a count of the provider: four characters each, the average of English text.</summary>
public static class TokenEstimate
{
    private const int CharactersPerToken = 4;
    private const int MessageTokens = 4;
    private const int ImageTokens = 1000;

    /// <summary>Estimates a text by its length in UTF-16 code units.</summary>
    public static long OfText(long characters) => (characters + CharactersPerToken - 1) / CharactersPerToken;

    /// <summary>Estimates what the model has to read of a chat completion.</summary>
    public static long OfPrompt(ChatCompletion completion) =>
        completion.Messages.Sum(OfMessage) + OfText(completion.Tools?.GetRawText().Length ?? 0) + OfText(completion.ResponseFormat?.GetRawText().Length ?? 0);

    private static long OfMessage(Message message) =>
        MessageTokens
        + OfText(message.Content.Length)
        + (message.Parts?.Count(part => part.ImageUrl is not null) * ImageTokens ?? 0)
        + (message.ToolCalls?.Sum(call => OfText(call.Function.Arguments.Length) + MessageTokens) ?? 0);
}
