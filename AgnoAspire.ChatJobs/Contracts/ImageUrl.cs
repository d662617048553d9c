using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>An image, by its address. It is the provider that fetches it; neither the API nor the worker does.</summary>
/// <param name="Url">An <c>https</c> or <c>data</c> address.</param>
/// <param name="Detail"><c>auto</c>, <c>low</c>, <c>high</c>, or <see langword="null"/>.</param>
public sealed record ImageUrl(
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("detail"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail);
