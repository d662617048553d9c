using System.Text.Json.Serialization;
using AgnoAspire.ApiService.Http;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The body of <c>POST /api/v1/chat</c>. Fields that are not listed are refused, so that a misspelt one is noticed.</summary>
public sealed class ChatRequest
{
    /// <summary>Gets the conversation, oldest message first.</summary>
    [JsonPropertyName("messages")]
    public IReadOnlyList<ChatRequestMessage?>? Messages { get; init; }

    /// <summary>Gets the name of the model.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>Gets whether the answer is streamed as events; false unless set.</summary>
    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    /// <summary>Gets the most tokens the answer may have.</summary>
    [JsonPropertyName("max_tokens")]
    public long? MaxTokens { get; init; }

    /// <summary>Gets the sampling temperature, 0 to 2.</summary>
    [JsonPropertyName("temperature")]
    public double? Temperature { get; init; }

    /// <summary>Gets the texts at which the answer ends: a string or a list of strings.</summary>
    [JsonPropertyName("stop")]
    [JsonConverter(typeof(StringOrArrayConverter))]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Gets the seed of the sampling.</summary>
    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    /// <summary>Gets what becomes of the chat when nobody watches it: <c>cancel</c> (unless set) or <c>continue</c>.</summary>
    [JsonPropertyName("on_disconnect")]
    public string? OnDisconnect { get; init; }

    /// <summary>Gets whether a stream that waits tells how many chats are served before it, in events without text; false unless set.</summary>
    [JsonPropertyName("queue_position")]
    public bool? QueuePosition { get; init; }
}
