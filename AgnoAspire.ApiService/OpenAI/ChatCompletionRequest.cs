namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The body of <c>POST /v1/chat/completions</c>. Parameters that are not supported are rejected by name.</summary>
/// <param name="Model">The public name of the model.</param>
/// <param name="Messages">The conversation, oldest message first.</param>
/// <param name="Stream">Whether the response is a stream of events. Default false.</param>
/// <param name="StreamOptions">The options of a stream.</param>
/// <param name="MaxCompletionTokens">The maximum number of tokens to generate.</param>
/// <param name="MaxTokens">The older name of <c>max_completion_tokens</c>.</param>
/// <param name="Temperature">The sampling temperature, 0 to 2.</param>
/// <param name="TopP">The probability mass for nucleus sampling, above 0 to 1.</param>
/// <param name="PresencePenalty">The penalty for tokens that have occurred, -2 to 2.</param>
/// <param name="FrequencyPenalty">The penalty for tokens by how often they have occurred, -2 to 2.</param>
/// <param name="Stop">The stop sequences: a string or an array of strings.</param>
/// <param name="Seed">The sampling seed.</param>
/// <param name="N">The number of choices; only 1 is supported.</param>
/// <param name="ResponseFormat">The format of the text: <c>text</c>, <c>json_object</c> or <c>json_schema</c>.</param>
/// <param name="Tools">The functions the model may call.</param>
/// <param name="ToolChoice">Whether the model must call a tool, and which.</param>
/// <param name="ParallelToolCalls">Whether the model may call several tools at once.</param>
/// <param name="ReasoningEffort">The effort of a reasoning model.</param>
/// <param name="User">An opaque identifier of the end user.</param>
/// <param name="Metadata">Up to 16 key-value pairs for the provider.</param>
public sealed record ChatCompletionRequest(
    [property: JsonPropertyName("model")] string? Model,
    [property: JsonPropertyName("messages")] IReadOnlyList<ChatCompletionMessage?>? Messages,
    [property: JsonPropertyName("stream")] bool? Stream,
    [property: JsonPropertyName("stream_options")] ChatCompletionStreamOptions? StreamOptions,
    [property: JsonPropertyName("max_completion_tokens")] long? MaxCompletionTokens,
    [property: JsonPropertyName("max_tokens")] long? MaxTokens,
    [property: JsonPropertyName("temperature")] double? Temperature,
    [property: JsonPropertyName("top_p")] double? TopP,
    [property: JsonPropertyName("presence_penalty")] double? PresencePenalty,
    [property: JsonPropertyName("frequency_penalty")] double? FrequencyPenalty,
    [property: JsonPropertyName("stop"), JsonConverter(typeof(StringOrArrayConverter))] IReadOnlyList<string>? Stop,
    [property: JsonPropertyName("seed")] long? Seed,
    [property: JsonPropertyName("n")] long? N,
    [property: JsonPropertyName("response_format")] JsonElement? ResponseFormat,
    [property: JsonPropertyName("tools")] JsonElement? Tools,
    [property: JsonPropertyName("tool_choice")] JsonElement? ToolChoice,
    [property: JsonPropertyName("parallel_tool_calls")] bool? ParallelToolCalls,
    [property: JsonPropertyName("reasoning_effort")] string? ReasoningEffort,
    [property: JsonPropertyName("user")] string? User,
    [property: JsonPropertyName("metadata")] IReadOnlyDictionary<string, string>? Metadata)
{
    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}

/// <summary>The options of a stream.</summary>
/// <param name="IncludeUsage">Whether the stream ends with a chunk that reports the usage.</param>
/// <param name="IncludeObfuscation">Whether events are padded to equal lengths; only false is supported.</param>
public sealed record ChatCompletionStreamOptions(
    [property: JsonPropertyName("include_usage")] bool? IncludeUsage,
    [property: JsonPropertyName("include_obfuscation")] bool? IncludeObfuscation)
{
    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}

/// <summary>A message of a <see cref="ChatCompletionRequest"/>.</summary>
/// <param name="Role">The role: system, developer, user, assistant or tool.</param>
/// <param name="Content">The text or an array of parts; may be null for an assistant that called tools.</param>
/// <param name="Name">The name of the participant, to tell several of one role apart.</param>
/// <param name="ToolCalls">The tool calls of an assistant.</param>
/// <param name="ToolCallId">The id of the call whose result a tool message contains.</param>
public sealed record ChatCompletionMessage(
    [property: JsonPropertyName("role")] string? Role,
    [property: JsonPropertyName("content")] JsonElement? Content,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("tool_calls")] IReadOnlyList<ChatCompletionToolCall?>? ToolCalls,
    [property: JsonPropertyName("tool_call_id")] string? ToolCallId)
{
    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}

/// <summary>A tool call of an assistant's <see cref="ChatCompletionMessage"/>.</summary>
/// <param name="Index">The index, which clients that assemble calls from a stream may send; ignored.</param>
/// <param name="Id">The id that the tool's message repeats.</param>
/// <param name="Type"><c>function</c>.</param>
/// <param name="Function">The function that is called.</param>
public sealed record ChatCompletionToolCall(
    [property: JsonPropertyName("index")] int? Index,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("type")] string? Type,
    [property: JsonPropertyName("function")] ChatCompletionFunction? Function)
{
    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}

/// <summary>The function of a <see cref="ChatCompletionToolCall"/>.</summary>
/// <param name="Name">The name.</param>
/// <param name="Arguments">The arguments as the model wrote them.</param>
public sealed record ChatCompletionFunction(
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("arguments")] string? Arguments)
{
    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}
