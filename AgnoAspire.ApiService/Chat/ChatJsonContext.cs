using System.Text.Json.Serialization;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.Chat;

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
