namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>
/// A chat completion: a caller's request to a model, in the JSON of the OpenAI protocol. The job keeps it byte for byte until the stream has ended.
/// Only what is used here has a property; the rest is for the provider.
/// </summary>
/// <remarks>Equal to no other. A field of an unexpected type counts as missing.</remarks>
public sealed class ChatCompletion
{
    private readonly Lazy<IReadOnlyList<Message>> messages;

    /// <summary>Creates a chat completion.</summary>
    /// <param name="json">A JSON object in UTF-8, kept and not to be changed.</param>
    /// <param name="body">The same object.</param>
    /// <exception cref="JsonException">It names no model.</exception>
    public ChatCompletion(ReadOnlyMemory<byte> json, JsonElement body)
    {
        Json = json;
        Body = body;
        Model = Body.Text("model") ?? throw new JsonException("A chat completion has a model.");
        messages = new(() => [.. MessageElements.Select(message => new Message(message.Text("role") ?? "", message.Text("content") ?? ""))]);
    }

    /// <summary>Gets the JSON object in UTF-8.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Gets the JSON object.</summary>
    public JsonElement Body { get; }

    /// <summary>Gets the public name of the model, as the model catalog has it and every chunk repeats it.</summary>
    public string Model { get; }

    /// <summary>Gets the conversation, oldest message first, with the texts of parts joined.</summary>
    public IReadOnlyList<Message> Messages => messages.Value;

    /// <summary>Gets the maximum number of tokens of the answer; <see langword="null"/> for the model's default.</summary>
    public int? MaxTokens => (Body.Real("max_completion_tokens") ?? Body.Real("max_tokens")) is >= 0 and <= int.MaxValue and { } tokens ? (int)tokens : null;

    /// <summary>Gets the stop sequences: the answer ends before the first occurrence of one. Empty for none.</summary>
    public IReadOnlyList<string> Stop => Body.Property("stop") switch
    {
        { ValueKind: JsonValueKind.String } stop => [stop.GetString()!],
        { ValueKind: JsonValueKind.Array } all => [.. all.EnumerateArray().Where(text => text.ValueKind == JsonValueKind.String).Select(text => $"{text}")],
        _ => [],
    };

    /// <summary>Gets or sets the top-level fields that the provider did not get, or not as they were sent, once a worker has sent the request.</summary>
    public IReadOnlyList<string>? DroppedFields { get; set; }

    /// <summary>Gets whether the stream may be kept for its whole retention; not if the caller said <c>"store": false</c>.</summary>
    public bool IsStored => Body.Property("store") is not { ValueKind: JsonValueKind.False };

    internal IEnumerable<JsonElement> MessageElements => Body.Property("messages") is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>Reads a chat completion from a JSON object in UTF-8, which is kept and not to be changed.</summary>
    /// <exception cref="JsonException">It is not JSON, or names no model.</exception>
    public static ChatCompletion Parse(ReadOnlyMemory<byte> json) => new(json, JsonDocument.Parse(json).RootElement);
}

/// <summary>One message of a conversation.</summary>
/// <param name="Role">One of <see cref="MessageRole"/>'s names, or another one that a provider knows.</param>
/// <param name="Content">The text; never <see langword="null"/>, empty when there is none.</param>
public sealed record Message(
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("content")] string Content);

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
}
