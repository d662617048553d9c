using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The function of a <see cref="ChatCompletionToolCall"/>.</summary>
public sealed class ChatCompletionFunction
{
    /// <summary>Gets its name.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>Gets the arguments as the model wrote them.</summary>
    [JsonPropertyName("arguments")]
    public string? Arguments { get; init; }

    /// <summary>Gets every other field there was.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}
