namespace AgnoAspire.ApiService.Chat;

/// <summary>The body of <c>POST /api/v1/chat</c>. Unknown fields are rejected, so that misspelled ones are noticed.</summary>
/// <param name="Messages">The conversation, oldest message first.</param>
/// <param name="Model">The public name of the model.</param>
/// <param name="Stream">Whether the response is a stream of events. Default false.</param>
/// <param name="MaxTokens">The maximum number of tokens to generate.</param>
/// <param name="Temperature">The sampling temperature, 0 to 2.</param>
/// <param name="Stop">The stop sequences: a string or an array of strings.</param>
/// <param name="Seed">The sampling seed.</param>
/// <param name="OnDisconnect">What happens to the chat when its last viewer has left: <c>cancel</c> (default) or <c>continue</c>.</param>
/// <param name="QueuePosition">Whether a waiting stream reports how many chats are served before it, in events without text. Default false.</param>
public sealed record ChatRequest(
    [property: JsonPropertyName("messages")] IReadOnlyList<ChatRequestMessage?>? Messages,
    [property: JsonPropertyName("model")] string? Model,
    [property: JsonPropertyName("stream")] bool? Stream,
    [property: JsonPropertyName("max_tokens")] long? MaxTokens,
    [property: JsonPropertyName("temperature")] double? Temperature,
    [property: JsonPropertyName("stop"), JsonConverter(typeof(StringOrArrayConverter))] IReadOnlyList<string>? Stop,
    [property: JsonPropertyName("seed")] long? Seed,
    [property: JsonPropertyName("on_disconnect")] string? OnDisconnect,
    [property: JsonPropertyName("queue_position")] bool? QueuePosition);

/// <summary>A message of a <see cref="ChatRequest"/>.</summary>
/// <param name="Role">The role: system, developer, user or assistant.</param>
/// <param name="Content">The text.</param>
public sealed record ChatRequestMessage(
    [property: JsonPropertyName("role")] string? Role,
    [property: JsonPropertyName("content")] string? Content);
