namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A model that the workers serve, with the label of its provider, for people, and when it was last registered, by Redis' clock.</summary>
public sealed record RegisteredModel(string Name, string Provider, DateTimeOffset RegisteredAt);
