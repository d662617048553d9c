using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">One of <see cref="MessageRole"/>'s names.</param>
/// <param name="Content">The text of the turn; never <see langword="null"/>.</param>
public sealed record Message(
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("content")] string Content);
