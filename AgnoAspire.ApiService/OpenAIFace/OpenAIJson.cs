using System.Text.Json.Serialization;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.OpenAIFace;

/// <summary>The JSON of the OpenAI face. No field may be repeated.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, MaxDepth = 64)]
[JsonSerializable(typeof(CompletionRequest))]
[JsonSerializable(typeof(CompletionAnswer))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(IReadOnlyList<ToolCall>))]
internal sealed partial class OpenAIJson : JsonSerializerContext;
