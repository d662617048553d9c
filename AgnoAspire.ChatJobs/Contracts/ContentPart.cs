using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A part of a message: a text or an image.</summary>
/// <param name="Type"><c>text</c> or <c>image_url</c>.</param>
/// <param name="Text">The text of a text part.</param>
/// <param name="ImageUrl">The image of an image part.</param>
public sealed record ContentPart(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("text"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text,
    [property: JsonPropertyName("image_url"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImageUrl? ImageUrl)
{
    /// <summary>The type of a text part.</summary>
    public const string TextType = "text";

    /// <summary>The type of an image part.</summary>
    public const string ImageType = "image_url";
}
