using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A call of a function that the model wants made, whole or, in a chunk, what is new of it.</summary>
public sealed record ToolCall
{
    /// <summary>Gets its place among the calls of one answer, from 0; in chunks only.</summary>
    [JsonPropertyName("index")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }

    /// <summary>Gets its id, which the answer to it repeats; in a chunk <see langword="null"/> unless it begins the call.</summary>
    [JsonPropertyName("id")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    /// <summary>Gets <c>function</c>; in a chunk <see langword="null"/> unless it begins the call.</summary>
    [JsonPropertyName("type")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    /// <summary>Gets the function and its arguments.</summary>
    [JsonPropertyName("function")]
    public required FunctionCall Function { get; init; }
}
