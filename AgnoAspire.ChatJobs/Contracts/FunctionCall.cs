using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>The function of a <see cref="ToolCall"/>.</summary>
/// <param name="Name">Its name; in a chunk <see langword="null"/> unless it begins the call.</param>
/// <param name="Arguments">The arguments as the model wrote them, JSON if it did well; in a chunk the next piece of them.</param>
public sealed record FunctionCall(
    [property: JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name,
    [property: JsonPropertyName("arguments")] string Arguments);
