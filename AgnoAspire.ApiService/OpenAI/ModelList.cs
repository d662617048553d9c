using AgnoAspire.ChatJobs.Contracts;
using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The answer of <c>GET /v1/models</c>.</summary>
/// <param name="Kind"><c>list</c>.</param>
/// <param name="Data">The models served, by name.</param>
public sealed record ModelList(
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("data")] IReadOnlyList<ModelEntry> Data);

/// <summary>A model.</summary>
/// <param name="Id">Its public name.</param>
/// <param name="Kind"><c>model</c>.</param>
/// <param name="Created">When a worker last announced it, in seconds since 1970.</param>
/// <param name="OwnedBy">What answers.</param>
public sealed record ModelEntry(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("owned_by")] string OwnedBy)
{
    internal static ModelEntry Of(RegisteredModel model) => new(model.Name, "model", model.RegisteredAt.ToUnixTimeSeconds(), model.Provider);
}
