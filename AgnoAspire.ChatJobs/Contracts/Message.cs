using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">One of <see cref="MessageRole"/>'s names.</param>
/// <param name="Content">The text of the turn; never <see langword="null"/>, empty where there is none. Of a turn in parts, the text parts together.</param>
public sealed record Message(
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("content")] string Content)
{
    /// <summary>Gets the parts of a turn that is more than a text, in order; <see langword="null"/> for a text.</summary>
    [JsonPropertyName("parts")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ContentPart>? Parts { get; init; }

    /// <summary>Gets who speaks, among several of one role; <see langword="null"/> for nobody in particular.</summary>
    [JsonPropertyName("name")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>Gets the calls an assistant made in this turn, never empty; <see langword="null"/> for none.</summary>
    [JsonPropertyName("tool_calls")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    /// <summary>Gets the call that a turn of <see cref="MessageRole.Tool"/> answers.</summary>
    [JsonPropertyName("tool_call_id")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ToolCallId { get; init; }
}
