using System.Text.Json.Serialization;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The JSON of the OpenAI face. No field may be repeated.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, MaxDepth = 64)]
[JsonSerializable(typeof(ChatCompletionRequest))]
[JsonSerializable(typeof(ChatCompletionResponse))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(OpenAIErrorResponse))]
[JsonSerializable(typeof(IReadOnlyList<ToolCall>))]
internal sealed partial class OpenAIJsonContext : JsonSerializerContext;
