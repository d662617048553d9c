using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>One message of a <see cref="ChatCompletionRequest"/>.</summary>
public sealed class ChatCompletionMessage
{
    /// <summary>Gets who speaks: system, developer, user, assistant or tool.</summary>
    [JsonPropertyName("role")]
    public string? Role { get; init; }

    /// <summary>Gets the text, or a list of parts; of an assistant that called tools also null.</summary>
    [JsonPropertyName("content")]
    public JsonElement? Content { get; init; }

    /// <summary>Gets who speaks among several of one role.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>Gets the calls an assistant made.</summary>
    [JsonPropertyName("tool_calls")]
    public IReadOnlyList<ChatCompletionToolCall?>? ToolCalls { get; init; }

    /// <summary>Gets the call that the message of a tool answers.</summary>
    [JsonPropertyName("tool_call_id")]
    public string? ToolCallId { get; init; }

    /// <summary>Gets every other field there was.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}
