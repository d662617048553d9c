using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>A provider's own words about a failure, made fit for the caller: one short line without anything that looks like a key.</summary>
internal static partial class ErrorText
{
    private const int LongestText = 300;
    private const int ShortestSecret = 8;

    /// <summary>Reads the error in a response's body or an event's data, in the forms that OpenAI-compatible servers use.</summary>
    /// <param name="json">The JSON; may be anything.</param>
    /// <returns>The error's message and type, each <see langword="null"/> if it has none; or <see langword="null"/> if this is no error.</returns>
    public static ProviderError? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var isError = root.TryGetProperty("object", out var kind) && kind.ValueKind == JsonValueKind.String && kind.ValueEquals("error"u8);
            return root.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null
                ? error.ValueKind == JsonValueKind.Object ? Describe(error) : new ProviderError(Text(error), null)
                : isError ? Describe(root) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Makes a provider's text fit to be shown.</summary>
    /// <param name="text">The text.</param>
    /// <param name="secret">The key that must not be in it, if there is one.</param>
    /// <returns>One line of at most 300 characters.</returns>
    public static string Clean(string text, string? secret)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var shown = Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator => " ",
                UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => string.Empty,
                _ => rune.ToString(),
            };
            line.Append(shown == " " && (line.Length == 0 || line[^1] == ' ') ? string.Empty : shown);
        }

        var clean = line.ToString().Trim();
        clean = secret is { Length: >= ShortestSecret } ? clean.Replace(secret, "…", StringComparison.OrdinalIgnoreCase) : clean;
        clean = LooksLikeKey().Replace(clean, "…");
        return clean.Length <= LongestText ? clean : string.Concat(clean.AsSpan(0, char.IsHighSurrogate(clean[LongestText - 1]) ? LongestText - 1 : LongestText), "…");
    }

    private static ProviderError Describe(JsonElement error) => new(
        error.TryGetProperty("message", out var message) ? Text(message) : null,
        $"{(error.TryGetProperty("type", out var type) ? Text(type) : null)} {(error.TryGetProperty("code", out var code) ? Text(code) : null)}");

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    [GeneratedRegex(@"\b(sk|pk|key)-[\w*.-]{4,}|\bBearer\s+\S+", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex LooksLikeKey();
}
