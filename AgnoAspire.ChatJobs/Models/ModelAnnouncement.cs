using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs;

/// <summary>A model that the workers serve.</summary>
/// <param name="Name">Its public name.</param>
/// <param name="Provider">What answers, for people.</param>
/// <param name="AnnouncedAt">When a worker last said so.</param>
public sealed record ModelAnnouncement(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("provider")] string Provider,
    [property: JsonPropertyName("announced")] DateTimeOffset AnnouncedAt);
