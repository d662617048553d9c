namespace AgnoAspire.ApiService.OpenAI;

/// <summary>
/// What the API uses of the body of <c>POST /v1/chat/completions</c>. All other fields, at any depth, reach the provider as they are.
/// </summary>
/// <param name="Model">The public name of the model.</param>
/// <param name="Messages">The conversation, oldest message first.</param>
/// <param name="Stream">Whether the response is a stream of events. Default false.</param>
/// <param name="StreamOptions">The options of a stream.</param>
/// <param name="MaxCompletionTokens">The maximum number of tokens to generate.</param>
/// <param name="MaxTokens">The older name of <c>max_completion_tokens</c>, which precedes it.</param>
/// <param name="N">The number of choices; only 1 is supported.</param>
public sealed record ChatCompletionRequest(
    [property: JsonPropertyName("model")] string? Model,
    [property: JsonPropertyName("messages")] IReadOnlyList<ChatCompletionMessage?>? Messages,
    [property: JsonPropertyName("stream")] bool? Stream,
    [property: JsonPropertyName("stream_options")] ChatCompletionStreamOptions? StreamOptions,
    [property: JsonPropertyName("max_completion_tokens")] double? MaxCompletionTokens,
    [property: JsonPropertyName("max_tokens")] double? MaxTokens,
    [property: JsonPropertyName("n")] double? N);

/// <summary>The options of a stream.</summary>
/// <param name="IncludeUsage">Whether the stream ends with a chunk that reports the usage.</param>
public sealed record ChatCompletionStreamOptions([property: JsonPropertyName("include_usage")] bool? IncludeUsage);

/// <summary>What the API uses of a message.</summary>
/// <param name="Role">The role: system, developer, user, assistant, tool, or another one that the provider knows.</param>
/// <param name="Content">The text or an array of parts.</param>
public sealed record ChatCompletionMessage(
    [property: JsonPropertyName("role")] string? Role,
    [property: JsonPropertyName("content")] JsonElement? Content);
