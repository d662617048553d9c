namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The response of <c>POST /v1/chat/completions</c> that is not streamed.</summary>
/// <param name="Id">The id of the chat with OpenAI's prefix.</param>
/// <param name="Kind"><c>chat.completion</c>.</param>
/// <param name="Created">The time of the request, in seconds since 1970.</param>
/// <param name="Model">The public name of the model.</param>
/// <param name="Choices">The only choice.</param>
/// <param name="Usage">The tokens used, if the provider reports them.</param>
public sealed record ChatCompletionResponse(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("choices")] IReadOnlyList<ChatCompletionChoice> Choices,
    [property: JsonPropertyName("usage")] Usage? Usage);

/// <summary>A choice.</summary>
/// <param name="Index">0.</param>
/// <param name="Message">The assistant's message, for the next request of the conversation.</param>
/// <param name="LogProbs">Always <see langword="null"/>.</param>
/// <param name="FinishReason">Why the text ends.</param>
public sealed record ChatCompletionChoice(
    [property: JsonPropertyName("index")] int Index,
    [property: JsonPropertyName("message")] ChatCompletionResponseMessage Message,
    [property: JsonPropertyName("logprobs"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? LogProbs,
    [property: JsonPropertyName("finish_reason")] string FinishReason);

/// <summary>The message of a choice.</summary>
/// <param name="Role"><c>assistant</c>.</param>
/// <param name="Content">The text; <see langword="null"/> if there are only tool calls.</param>
/// <param name="ReasoningContent">The model's reasoning, where it shows it.</param>
/// <param name="Refusal">Always <see langword="null"/>: a refusal is returned as text.</param>
/// <param name="ToolCalls">The tool calls the model requests.</param>
public sealed record ChatCompletionResponseMessage(
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("content"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content,
    [property: JsonPropertyName("reasoning_content")] string? ReasoningContent,
    [property: JsonPropertyName("refusal"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Refusal,
    [property: JsonPropertyName("tool_calls")] IReadOnlyList<ToolCall>? ToolCalls);

/// <summary>The response of <c>GET /v1/models</c>.</summary>
/// <param name="Kind"><c>list</c>.</param>
/// <param name="Data">The models, by name.</param>
public sealed record ModelList(
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("data")] IReadOnlyList<ModelEntry> Data);

/// <summary>A model.</summary>
/// <param name="Id">The public name.</param>
/// <param name="Kind"><c>model</c>.</param>
/// <param name="Created">When a worker last registered it, in seconds since 1970.</param>
/// <param name="OwnedBy">The provider.</param>
public sealed record ModelEntry(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("owned_by")] string OwnedBy)
{
    internal static ModelEntry Of(RegisteredModel model) => new(model.Name, "model", model.RegisteredAt.ToUnixTimeSeconds(), model.Provider);
}

/// <summary>The fields that all chunks of a stream share.</summary>
internal sealed record ChunkHead(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("model")] string Model);

/// <summary>The JSON of the OpenAI API. Requests may not repeat fields.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, MaxDepth = 64, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChatCompletionRequest))]
[JsonSerializable(typeof(ChatCompletionResponse))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ChunkHead))]
[JsonSerializable(typeof(OpenAIErrorResponse))]
internal sealed partial class OpenAIJsonContext : JsonSerializerContext;
