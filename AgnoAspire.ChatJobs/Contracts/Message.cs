namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">One of <see cref="MessageRole"/>'s names.</param>
/// <param name="Content">The text; never <see langword="null"/>, empty when there is none. For a message in parts, the text parts joined.</param>
public sealed record Message(
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("content")] string Content)
{
    /// <summary>Gets the parts, in order, of a message that is more than a text; <see langword="null"/> for a text.</summary>
    [JsonPropertyName("parts")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ContentPart>? Parts { get; init; }

    /// <summary>Gets the name of the participant, or <see langword="null"/>.</summary>
    [JsonPropertyName("name")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>Gets the tool calls of an assistant's message, never empty; <see langword="null"/> for none.</summary>
    [JsonPropertyName("tool_calls")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    /// <summary>Gets the id of the tool call that a message of <see cref="MessageRole.Tool"/> answers.</summary>
    [JsonPropertyName("tool_call_id")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ToolCallId { get; init; }
}

/// <summary>The roles of messages, as they are spelled on the wire.</summary>
public static class MessageRole
{
    /// <summary>Instructions of the application.</summary>
    public const string System = "system";

    /// <summary>Instructions of the application, by the name newer models use.</summary>
    public const string Developer = "developer";

    /// <summary>The user.</summary>
    public const string User = "user";

    /// <summary>The model.</summary>
    public const string Assistant = "assistant";

    /// <summary>The result of a tool call.</summary>
    public const string Tool = "tool";
}

/// <summary>A part of a message: a text or an image.</summary>
/// <param name="Type"><c>text</c> or <c>image_url</c>.</param>
/// <param name="Text">The text of a text part.</param>
/// <param name="ImageUrl">The image of an image part.</param>
public sealed record ContentPart(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("text"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text,
    [property: JsonPropertyName("image_url"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImageUrl? ImageUrl)
{
    /// <summary>The type of a text part.</summary>
    public const string TextType = "text";

    /// <summary>The type of an image part.</summary>
    public const string ImageType = "image_url";
}

/// <summary>An image by its URL. Only the provider fetches it; neither the API nor the worker does.</summary>
/// <param name="Url">An <c>https</c> or <c>data</c> URL.</param>
/// <param name="Detail"><c>auto</c>, <c>low</c>, <c>high</c>, or <see langword="null"/>.</param>
public sealed record ImageUrl(
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("detail"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail);

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
