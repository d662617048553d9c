using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A model that the workers serve.</summary>
/// <param name="Name">Its public name.</param>
/// <param name="Provider">The label of its provider, for people.</param>
/// <param name="RegisteredAt">When a worker last registered it.</param>
public sealed record RegisteredModel(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("provider")] string Provider,
    [property: JsonPropertyName("announced")] DateTimeOffset RegisteredAt);
