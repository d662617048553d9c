using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>What a stream is to contain.</summary>
public sealed class ChatCompletionStreamOptions
{
    /// <summary>Gets whether the last chunk before the end tells the usage.</summary>
    [JsonPropertyName("include_usage")]
    public bool? IncludeUsage { get; init; }

    /// <summary>Gets whether events are padded to equal lengths: false, if given.</summary>
    [JsonPropertyName("include_obfuscation")]
    public bool? IncludeObfuscation { get; init; }

    /// <summary>Gets every other field there was.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}
