using System.Text.Json;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Reads the content of a message: a text, or text and image parts.</summary>
internal static class ContentMapper
{
    private static readonly string[] Details = ["auto", "low", "high"];

    public static (string Text, IReadOnlyList<ContentPart>? Parts, ProblemHttpResult? Problem) Read(JsonElement? content, string role, bool mayBeEmpty, string field)
    {
        switch (content?.ValueKind)
        {
            case JsonValueKind.String:
                return (content.Value.GetString()!, null, null);

            case JsonValueKind.Array when content.Value.GetArrayLength() > 0:
                return ReadParts(content.Value, role, field);

            case null or JsonValueKind.Null when mayBeEmpty:
                return ("", null, null);

            default:
                return ("", null, ApiProblems.Invalid(field, "a text or a list of parts is needed."));
        }
    }

    private static (string Text, IReadOnlyList<ContentPart>? Parts, ProblemHttpResult? Problem) ReadParts(JsonElement content, string role, string field)
    {
        var parts = new List<ContentPart>();
        foreach (var item in content.EnumerateArray())
        {
            var where = $"{field}[{parts.Count}]";
            var (part, problem) = ReadPart(item, role, where);
            if (part is null)
            {
                return ("", null, problem);
            }

            parts.Add(part);
        }

        return (string.Concat(parts.Select(part => part.Text)), parts, null);
    }

    private static (ContentPart? Part, ProblemHttpResult? Problem) ReadPart(JsonElement part, string role, string field)
    {
        var (read, problem) = ReadKind(part, role, field);
        problem ??= ValidateExtensionData(part, ["type", read!.Type], field)
            ?? (read.ImageUrl is null ? null : ValidateExtensionData(part.GetProperty(ContentPart.ImageType), ["url", "detail"], $"{field}.{ContentPart.ImageType}"));
        return problem is null ? (read, null) : (null, problem);
    }

    // A part's own field has the name of its type.
    private static ProblemHttpResult? ValidateExtensionData(JsonElement item, string[] known, string field) => UnsupportedParameters.Validate(
        item.EnumerateObject().Where(property => !known.Contains(property.Name, StringComparer.Ordinal)).Select(property => KeyValuePair.Create(property.Name, property.Value)),
        $"{field}.");

    private static (ContentPart? Part, ProblemHttpResult? Problem) ReadKind(JsonElement part, string role, string field) => Text(part, "type") switch
    {
        ContentPart.TextType => Text(part, "text") is { } text
            ? (new ContentPart(ContentPart.TextType, text, null), null)
            : (null, ApiProblems.Invalid($"{field}.text", "a text is needed.")),
        ContentPart.ImageType when role == MessageRole.User => ReadImage(part, field),
        _ => (null, ApiProblems.UnsupportedParameter($"{field}.type", "text parts are taken, and image_url parts in messages of the user.")),
    };

    // Only what a provider can fetch for anybody: an http address could lead into its own network.
    private static (ContentPart? Part, ProblemHttpResult? Problem) ReadImage(JsonElement part, string field)
    {
        if (!part.TryGetProperty("image_url", out var image) || Text(image, "url") is not { } url
            || !(url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase)))
        {
            return (null, ApiProblems.Invalid($"{field}.image_url.url", "an https: or data:image/ address is needed."));
        }

        var detail = Text(image, "detail");
        return detail is null || Details.Contains(detail, StringComparer.Ordinal)
            ? (new ContentPart(ContentPart.ImageType, null, new ImageUrl(url, detail)), null)
            : (null, ApiProblems.Invalid($"{field}.image_url.detail", $"has to be one of {string.Join(", ", Details)}."));
    }

    private static string? Text(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
