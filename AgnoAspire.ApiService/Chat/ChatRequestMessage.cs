using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.Chat;

/// <summary>One message of a <see cref="ChatRequest"/>.</summary>
public sealed class ChatRequestMessage
{
    /// <summary>Gets who speaks: system, developer, user or assistant.</summary>
    [JsonPropertyName("role")]
    public string? Role { get; init; }

    /// <summary>Gets the text.</summary>
    [JsonPropertyName("content")]
    public string? Content { get; init; }
}
