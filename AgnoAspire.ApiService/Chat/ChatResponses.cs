namespace AgnoAspire.ApiService.Chat;

/// <summary>The response of <c>POST /api/v1/chat</c> that is not streamed.</summary>
/// <param name="Id">The id of the chat.</param>
/// <param name="Model">The public name of the model.</param>
/// <param name="Message">The text as a message, for the next request of the conversation.</param>
/// <param name="Content">The text, equal to the concatenated chunks of a stream.</param>
/// <param name="Reasoning">The model's reasoning, where it shows it.</param>
/// <param name="FinishReason">Why the text ends.</param>
/// <param name="ProviderFinishReason">The provider's own finish reason, where it differs.</param>
/// <param name="Usage">The tokens used, or an estimate.</param>
/// <param name="Done">Always true.</param>
public sealed record ChatResult(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("message")] Message Message,
    [property: JsonPropertyName("content")] string Content,
    [property: JsonPropertyName("reasoning")] string? Reasoning,
    [property: JsonPropertyName("finish_reason")] string FinishReason,
    [property: JsonPropertyName("provider_finish_reason")] string? ProviderFinishReason,
    [property: JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] Usage? Usage,
    [property: JsonPropertyName("done")] bool Done);

/// <summary>The response of <c>GET /api/v1/chat/{id}</c>: the current state of a chat.</summary>
/// <param name="Id">The id of the chat.</param>
/// <param name="Status">One of queued, running, completed, cancelled, failed, or dead (all attempts used).</param>
/// <param name="Model">The public name of the model.</param>
/// <param name="Provider">The provider of the model.</param>
/// <param name="QueuePosition">How many chats are served before this one; only while it waits.</param>
/// <param name="Content">The text so far.</param>
/// <param name="Reasoning">The model's reasoning so far, where it shows it.</param>
/// <param name="LastEventId">The sequence number of the newest chunk, 0 before the first.</param>
/// <param name="FinishReason">Why the text ends.</param>
/// <param name="Usage">The tokens used.</param>
/// <param name="Error">Why the chat failed.</param>
/// <param name="Continuation">How the chat continued after the loss of a worker: replay, prefix or fail.</param>
/// <param name="DroppedFields">The fields of the request that the provider did not get as they were sent, once the chat has ended.</param>
/// <param name="CreatedAt">When the chat was accepted.</param>
/// <param name="StartedAt">When a worker started it.</param>
/// <param name="EndedAt">When it ended.</param>
public sealed record ChatStatus(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("provider")] string Provider,
    [property: JsonPropertyName("queue_position")] long? QueuePosition,
    [property: JsonPropertyName("content")] string Content,
    [property: JsonPropertyName("reasoning")] string? Reasoning,
    [property: JsonPropertyName("last_event_id")] long LastEventId,
    [property: JsonPropertyName("finish_reason")] string? FinishReason,
    [property: JsonPropertyName("usage")] Usage? Usage,
    [property: JsonPropertyName("error")] ChatError? Error,
    [property: JsonPropertyName("continuation")] string? Continuation,
    [property: JsonPropertyName("dropped_fields")] IReadOnlyList<string>? DroppedFields,
    [property: JsonPropertyName("created_at")] DateTimeOffset CreatedAt,
    [property: JsonPropertyName("started_at")] DateTimeOffset? StartedAt,
    [property: JsonPropertyName("ended_at")] DateTimeOffset? EndedAt);

/// <summary>The JSON of the chat API. Requests are read strictly: no unknown or repeated fields, no deep nesting.</summary>
[JsonSourceGenerationOptions(
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 16,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChatRequest))]
[JsonSerializable(typeof(ChatResult))]
[JsonSerializable(typeof(ChatStatus))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(QueuePositionEvent))]
internal sealed partial class ChatJsonContext : JsonSerializerContext;
