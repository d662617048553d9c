using System.Text.Json;
using System.Text.Json.Serialization;
using AgnoAspire.ApiService.Http;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>The body of <c>POST /v1/chat/completions</c>. What is not honoured is refused by name.</summary>
public sealed class ChatCompletionRequest
{
    /// <summary>Gets the name of the model.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>Gets the conversation, oldest message first.</summary>
    [JsonPropertyName("messages")]
    public IReadOnlyList<ChatCompletionMessage?>? Messages { get; init; }

    /// <summary>Gets whether the answer is streamed as events; false unless set.</summary>
    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    /// <summary>Gets what a stream is to contain.</summary>
    [JsonPropertyName("stream_options")]
    public ChatCompletionStreamOptions? StreamOptions { get; init; }

    /// <summary>Gets the most tokens the answer may have.</summary>
    [JsonPropertyName("max_completion_tokens")]
    public long? MaxCompletionTokens { get; init; }

    /// <summary>Gets the same by its older name.</summary>
    [JsonPropertyName("max_tokens")]
    public long? MaxTokens { get; init; }

    /// <summary>Gets the sampling temperature, 0 to 2.</summary>
    [JsonPropertyName("temperature")]
    public double? Temperature { get; init; }

    /// <summary>Gets the share of probable tokens that is sampled from, above 0 to 1.</summary>
    [JsonPropertyName("top_p")]
    public double? TopP { get; init; }

    /// <summary>Gets how much a token that occurred is disliked, -2 to 2.</summary>
    [JsonPropertyName("presence_penalty")]
    public double? PresencePenalty { get; init; }

    /// <summary>Gets how much a token is disliked for each time it occurred, -2 to 2.</summary>
    [JsonPropertyName("frequency_penalty")]
    public double? FrequencyPenalty { get; init; }

    /// <summary>Gets the texts at which the answer ends: a string or a list of strings.</summary>
    [JsonPropertyName("stop")]
    [JsonConverter(typeof(StringOrArrayConverter))]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Gets the seed of the sampling.</summary>
    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    /// <summary>Gets the number of answers: 1, if given.</summary>
    [JsonPropertyName("n")]
    public long? N { get; init; }

    /// <summary>Gets the form of the answer: <c>text</c>, <c>json_object</c> or <c>json_schema</c>.</summary>
    [JsonPropertyName("response_format")]
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>Gets the functions the model may ask to be called.</summary>
    [JsonPropertyName("tools")]
    public JsonElement? Tools { get; init; }

    /// <summary>Gets whether and which tool is to be called.</summary>
    [JsonPropertyName("tool_choice")]
    public JsonElement? ToolChoice { get; init; }

    /// <summary>Gets whether the model may ask for several calls at once.</summary>
    [JsonPropertyName("parallel_tool_calls")]
    public bool? ParallelToolCalls { get; init; }

    /// <summary>Gets how long a model that can think is to think.</summary>
    [JsonPropertyName("reasoning_effort")]
    public string? ReasoningEffort { get; init; }

    /// <summary>Gets who the caller asks for, an opaque name.</summary>
    [JsonPropertyName("user")]
    public string? User { get; init; }

    /// <summary>Gets up to 16 notes of the caller.</summary>
    [JsonPropertyName("metadata")]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Gets every other field there was.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> ExtensionData { get; set; } = new Dictionary<string, JsonElement>();
}
