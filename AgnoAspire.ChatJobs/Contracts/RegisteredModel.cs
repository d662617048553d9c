using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A model that the workers serve.</summary>
/// <param name="Name">Its public name.</param>
/// <param name="Provider">What answers, for people.</param>
/// <param name="RegisteredAt">When a worker last said so.</param>
public sealed record RegisteredModel(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("provider")] string Provider,
    [property: JsonPropertyName("announced")] DateTimeOffset RegisteredAt);
