using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>What every chunk of one stream begins with.</summary>
internal sealed record ChunkHead(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("model")] string Model);

/// <summary>Its JSON.</summary>
[JsonSerializable(typeof(ChunkHead))]
internal sealed partial class ChunkHeadJsonContext : JsonSerializerContext;
