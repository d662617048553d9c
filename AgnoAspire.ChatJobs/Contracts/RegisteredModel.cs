namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A model that the workers serve.</summary>
/// <param name="Name">Its public name.</param>
/// <param name="Provider">The label of its provider, for people.</param>
/// <param name="RegisteredAt">When a worker last registered it, by Redis' clock.</param>
public sealed record RegisteredModel(string Name, string Provider, DateTimeOffset RegisteredAt);
