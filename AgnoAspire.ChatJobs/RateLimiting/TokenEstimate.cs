using System.Runtime.InteropServices;

namespace AgnoAspire.ChatJobs.RateLimiting;

/// <summary>Estimates tokens without a count of the provider: four characters each, the average of English text.</summary>
public static class TokenEstimate
{
    private const int CharactersPerToken = 4;
    private const int MessageTokens = 4;
    private const int MediaTokens = 1000;

    /// <summary>Estimates a text of so many characters; 0 for an empty one.</summary>
    public static long OfText(long characters) => (characters + CharactersPerToken - 1) / CharactersPerToken;

    /// <summary>Estimates what the model has to read: texts by their length in UTF-8, 1,000 tokens for an image, a file or a recording.</summary>
    public static long OfPrompt(ChatCompletion completion) =>
        completion.MessageElements.Sum(message => MessageTokens + OfContent(message.Property("content")) + OfJson(message.Property("tool_calls")))
        + OfJson(completion.Body.Property("tools")) + OfJson(completion.Body.Property("response_format"));

    private static long OfContent(JsonElement? content) => content is { ValueKind: JsonValueKind.Array } parts
        ? parts.EnumerateArray().Sum(part => part.Property("text") is { } text ? OfJson(text) : MediaTokens)
        : OfJson(content);

    // Without the quotes of a string.
    private static long OfJson(JsonElement? json) =>
        json is { } value ? OfText(JsonMarshal.GetRawUtf8Value(value).Length - (value.ValueKind == JsonValueKind.String ? 2 : 0)) : 0;
}
