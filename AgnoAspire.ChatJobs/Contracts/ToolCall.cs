namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A function call the model asks for: whole in a message, in a chunk its next part.</summary>
public sealed record ToolCall
{
    /// <summary>Gets its index among the calls of one answer, from 0; in chunks only.</summary>
    [JsonPropertyName("index")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }

    /// <summary>Gets its id, which the result repeats; in a chunk <see langword="null"/> except in the call's first part.</summary>
    [JsonPropertyName("id")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    /// <summary>Gets <c>function</c>; in a chunk <see langword="null"/> except in the call's first part.</summary>
    [JsonPropertyName("type")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    /// <summary>Gets the function and its arguments.</summary>
    [JsonPropertyName("function")]
    public required FunctionCall Function { get; init; }
}

/// <summary>The function of a <see cref="ToolCall"/>.</summary>
/// <param name="Name">Its name; in a chunk <see langword="null"/> except in the call's first part.</param>
/// <param name="Arguments">The arguments as the model wrote them, usually JSON; in a chunk the next part of them.</param>
public sealed record FunctionCall(
    [property: JsonPropertyName("name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name,
    [property: JsonPropertyName("arguments")] string Arguments);
