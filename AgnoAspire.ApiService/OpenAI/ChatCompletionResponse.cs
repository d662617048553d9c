using System.Text.Json.Serialization;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The answer of <c>POST /v1/chat/completions</c> when it is not streamed.</summary>
/// <param name="Id">The stream's id with OpenAI's prefix.</param>
/// <param name="Kind"><c>chat.completion</c>.</param>
/// <param name="Created">When it was asked, in seconds since 1970.</param>
/// <param name="Model">The public name of the model.</param>
/// <param name="Choices">The one answer.</param>
/// <param name="Usage">What it cost, where the provider told.</param>
public sealed record ChatCompletionResponse(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Kind,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("choices")] IReadOnlyList<ChatCompletionChoice> Choices,
    [property: JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Usage? Usage);

/// <summary>An answer.</summary>
/// <param name="Index">0.</param>
/// <param name="Message">The assistant's message, to be sent back in the next turn.</param>
/// <param name="LogProbs">Always <see langword="null"/>.</param>
/// <param name="FinishReason">Why it ended.</param>
public sealed record ChatCompletionChoice(
    [property: JsonPropertyName("index")] int Index,
    [property: JsonPropertyName("message")] ChatCompletionResponseMessage Message,
    [property: JsonPropertyName("logprobs")] string? LogProbs,
    [property: JsonPropertyName("finish_reason")] string FinishReason);

/// <summary>The message of an answer.</summary>
/// <param name="Role"><c>assistant</c>.</param>
/// <param name="Content">The text; <see langword="null"/> when there are only calls.</param>
/// <param name="Refusal">Always <see langword="null"/>: a refusal is a text like others here.</param>
/// <param name="ToolCalls">The calls the model wants made.</param>
public sealed record ChatCompletionResponseMessage(
    [property: JsonPropertyName("role")] string Role,
    [property: JsonPropertyName("content")] string? Content,
    [property: JsonPropertyName("refusal")] string? Refusal,
    [property: JsonPropertyName("tool_calls"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ToolCall>? ToolCalls);
