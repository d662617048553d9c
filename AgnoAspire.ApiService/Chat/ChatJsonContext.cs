using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The JSON of the native face. What comes in is read strictly: no unknown or repeated field, no deep nesting.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false, MaxDepth = 16)]
[JsonSerializable(typeof(ChatRequest))]
[JsonSerializable(typeof(ChatResult))]
[JsonSerializable(typeof(ChatStatus))]
internal sealed partial class ChatJsonContext : JsonSerializerContext;
