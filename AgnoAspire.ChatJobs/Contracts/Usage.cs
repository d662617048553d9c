using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>What a chat completion cost, in tokens of its model.</summary>
/// <param name="PromptTokens">Tokens read.</param>
/// <param name="CompletionTokens">Tokens written.</param>
/// <param name="TotalTokens">Both together.</param>
public sealed record Usage(
    [property: JsonPropertyName("prompt_tokens")] long PromptTokens,
    [property: JsonPropertyName("completion_tokens")] long CompletionTokens,
    [property: JsonPropertyName("total_tokens")] long TotalTokens);
