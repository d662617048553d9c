using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>A call in an assistant's <see cref="ChatCompletionMessage"/>.</summary>
public sealed class ChatCompletionToolCall
{
    /// <summary>Gets its place among the calls, as a client has it that put the call together from a stream. It says nothing the order does not.</summary>
    [JsonPropertyName("index")]
    public int? Index { get; init; }

    /// <summary>Gets the id that the tool's answer repeats.</summary>
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    /// <summary>Gets <c>function</c>.</summary>
    [JsonPropertyName("type")]
    public string? Type { get; init; }

    /// <summary>Gets what was called.</summary>
    [JsonPropertyName("function")]
    public ChatCompletionFunction? Function { get; init; }

    /// <summary>Gets every other field there was.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}
