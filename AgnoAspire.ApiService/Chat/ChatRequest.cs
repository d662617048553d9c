using System.Text.Json.Serialization;
using AgnoAspire.ApiService.Http;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The body of <c>POST /api/v1/chat</c>. Unknown fields are rejected, so that misspelled ones are noticed.</summary>
public sealed class ChatRequest
{
    /// <summary>Gets the conversation, oldest message first.</summary>
    [JsonPropertyName("messages")]
    public IReadOnlyList<ChatRequestMessage?>? Messages { get; init; }

    /// <summary>Gets the public name of the model.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>Gets whether the response is a stream of events. Default false.</summary>
    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    /// <summary>Gets the maximum number of tokens to generate.</summary>
    [JsonPropertyName("max_tokens")]
    public long? MaxTokens { get; init; }

    /// <summary>Gets the sampling temperature, 0 to 2.</summary>
    [JsonPropertyName("temperature")]
    public double? Temperature { get; init; }

    /// <summary>Gets the stop sequences: a string or an array of strings.</summary>
    [JsonPropertyName("stop")]
    [JsonConverter(typeof(StringOrArrayConverter))]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Gets the sampling seed.</summary>
    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    /// <summary>Gets what happens to the chat when its last viewer has left: <c>cancel</c> (default) or <c>continue</c>.</summary>
    [JsonPropertyName("on_disconnect")]
    public string? OnDisconnect { get; init; }

    /// <summary>Gets whether a waiting stream reports how many chats are served before it, in events without text. Default false.</summary>
    [JsonPropertyName("queue_position")]
    public bool? QueuePosition { get; init; }
}

/// <summary>A message of a <see cref="ChatRequest"/>.</summary>
public sealed class ChatRequestMessage
{
    /// <summary>Gets the role: system, developer, user or assistant.</summary>
    [JsonPropertyName("role")]
    public string? Role { get; init; }

    /// <summary>Gets the text.</summary>
    [JsonPropertyName("content")]
    public string? Content { get; init; }
}
