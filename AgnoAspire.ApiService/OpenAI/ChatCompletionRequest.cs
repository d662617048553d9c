using System.Text.Json;
using System.Text.Json.Serialization;
using AgnoAspire.ApiService.Http;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The body of <c>POST /v1/chat/completions</c>. Parameters that are not supported are rejected by name.</summary>
public sealed class ChatCompletionRequest
{
    /// <summary>Gets the public name of the model.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>Gets the conversation, oldest message first.</summary>
    [JsonPropertyName("messages")]
    public IReadOnlyList<ChatCompletionMessage?>? Messages { get; init; }

    /// <summary>Gets whether the response is a stream of events. Default false.</summary>
    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    /// <summary>Gets the options of a stream.</summary>
    [JsonPropertyName("stream_options")]
    public ChatCompletionStreamOptions? StreamOptions { get; init; }

    /// <summary>Gets the maximum number of tokens to generate.</summary>
    [JsonPropertyName("max_completion_tokens")]
    public long? MaxCompletionTokens { get; init; }

    /// <summary>Gets the older name of <c>max_completion_tokens</c>.</summary>
    [JsonPropertyName("max_tokens")]
    public long? MaxTokens { get; init; }

    /// <summary>Gets the sampling temperature, 0 to 2.</summary>
    [JsonPropertyName("temperature")]
    public double? Temperature { get; init; }

    /// <summary>Gets the probability mass for nucleus sampling, above 0 to 1.</summary>
    [JsonPropertyName("top_p")]
    public double? TopP { get; init; }

    /// <summary>Gets the penalty for tokens that have occurred, -2 to 2.</summary>
    [JsonPropertyName("presence_penalty")]
    public double? PresencePenalty { get; init; }

    /// <summary>Gets the penalty for tokens by how often they have occurred, -2 to 2.</summary>
    [JsonPropertyName("frequency_penalty")]
    public double? FrequencyPenalty { get; init; }

    /// <summary>Gets the stop sequences: a string or an array of strings.</summary>
    [JsonPropertyName("stop")]
    [JsonConverter(typeof(StringOrArrayConverter))]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Gets the sampling seed.</summary>
    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    /// <summary>Gets the number of choices; only 1 is supported.</summary>
    [JsonPropertyName("n")]
    public long? N { get; init; }

    /// <summary>Gets the format of the text: <c>text</c>, <c>json_object</c> or <c>json_schema</c>.</summary>
    [JsonPropertyName("response_format")]
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>Gets the functions the model may call.</summary>
    [JsonPropertyName("tools")]
    public JsonElement? Tools { get; init; }

    /// <summary>Gets whether the model must call a tool, and which.</summary>
    [JsonPropertyName("tool_choice")]
    public JsonElement? ToolChoice { get; init; }

    /// <summary>Gets whether the model may call several tools at once.</summary>
    [JsonPropertyName("parallel_tool_calls")]
    public bool? ParallelToolCalls { get; init; }

    /// <summary>Gets the effort of a reasoning model.</summary>
    [JsonPropertyName("reasoning_effort")]
    public string? ReasoningEffort { get; init; }

    /// <summary>Gets an opaque identifier of the end user.</summary>
    [JsonPropertyName("user")]
    public string? User { get; init; }

    /// <summary>Gets up to 16 key-value pairs for the provider.</summary>
    [JsonPropertyName("metadata")]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}

/// <summary>The options of a stream.</summary>
public sealed class ChatCompletionStreamOptions
{
    /// <summary>Gets whether the stream ends with a chunk that reports the usage.</summary>
    [JsonPropertyName("include_usage")]
    public bool? IncludeUsage { get; init; }

    /// <summary>Gets whether events are padded to equal lengths; only false is supported.</summary>
    [JsonPropertyName("include_obfuscation")]
    public bool? IncludeObfuscation { get; init; }

    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}

/// <summary>A message of a <see cref="ChatCompletionRequest"/>.</summary>
public sealed class ChatCompletionMessage
{
    /// <summary>Gets the role: system, developer, user, assistant or tool.</summary>
    [JsonPropertyName("role")]
    public string? Role { get; init; }

    /// <summary>Gets the text or an array of parts; may be null for an assistant that called tools.</summary>
    [JsonPropertyName("content")]
    public JsonElement? Content { get; init; }

    /// <summary>Gets the name of the participant, to tell several of one role apart.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>Gets the tool calls of an assistant.</summary>
    [JsonPropertyName("tool_calls")]
    public IReadOnlyList<ChatCompletionToolCall?>? ToolCalls { get; init; }

    /// <summary>Gets the id of the call whose result a tool message contains.</summary>
    [JsonPropertyName("tool_call_id")]
    public string? ToolCallId { get; init; }

    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}

/// <summary>A tool call of an assistant's <see cref="ChatCompletionMessage"/>.</summary>
public sealed class ChatCompletionToolCall
{
    /// <summary>Gets the index, which clients that assemble calls from a stream may send; ignored.</summary>
    [JsonPropertyName("index")]
    public int? Index { get; init; }

    /// <summary>Gets the id that the tool's message repeats.</summary>
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    /// <summary>Gets <c>function</c>.</summary>
    [JsonPropertyName("type")]
    public string? Type { get; init; }

    /// <summary>Gets the function that is called.</summary>
    [JsonPropertyName("function")]
    public ChatCompletionFunction? Function { get; init; }

    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}

/// <summary>The function of a <see cref="ChatCompletionToolCall"/>.</summary>
public sealed class ChatCompletionFunction
{
    /// <summary>Gets the name.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>Gets the arguments as the model wrote them.</summary>
    [JsonPropertyName("arguments")]
    public string? Arguments { get; init; }

    /// <summary>Gets all other fields.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}
