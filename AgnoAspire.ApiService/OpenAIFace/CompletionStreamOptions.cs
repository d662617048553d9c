using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.OpenAIFace;

/// <summary>What a stream is to contain.</summary>
public sealed class CompletionStreamOptions
{
    /// <summary>Gets whether the last chunk before the end tells the usage.</summary>
    [JsonPropertyName("include_usage")]
    public bool? IncludeUsage { get; init; }

    /// <summary>Gets whether events are padded to equal lengths: false, if given.</summary>
    [JsonPropertyName("include_obfuscation")]
    public bool? IncludeObfuscation { get; init; }

    /// <summary>Gets every other field there was.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> Others { get; set; } = new Dictionary<string, JsonElement>();
}
