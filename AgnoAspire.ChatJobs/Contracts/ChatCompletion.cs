using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A chat completion: what a caller asks a model for. Kept in the job as JSON until a worker has answered it.</summary>
public sealed record ChatCompletion
{
    /// <summary>Gets the public name of the model, as the catalogue knows it and as every chunk repeats it.</summary>
    [JsonPropertyName("model")]
    public required string Model { get; init; }

    /// <summary>Gets the conversation, oldest message first; never empty.</summary>
    [JsonPropertyName("messages")]
    public required IReadOnlyList<Message> Messages { get; init; }

    /// <summary>Gets the most tokens the answer may have; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("max_tokens")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; init; }

    /// <summary>Gets the sampling temperature, 0 to 2; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("temperature")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>Gets the texts at whose first occurrence the answer ends, without them; <see langword="null"/> for none.</summary>
    [JsonPropertyName("stop")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Gets the seed of the sampling; equal requests with equal seeds give equal answers where the model can.</summary>
    [JsonPropertyName("seed")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Seed { get; init; }

    /// <summary>Gets the share of probable tokens that is sampled from, above 0 to 1; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("top_p")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TopP { get; init; }

    /// <summary>Gets how much a token that occurred is disliked, -2 to 2; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("presence_penalty")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? PresencePenalty { get; init; }

    /// <summary>Gets how much a token is disliked for each time it occurred, -2 to 2; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("frequency_penalty")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? FrequencyPenalty { get; init; }

    /// <summary>Gets the form the answer is to have, an object as the OpenAI protocol has it; <see langword="null"/> for plain text.</summary>
    [JsonPropertyName("response_format")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>Gets the functions the model may ask to be called, a list as the OpenAI protocol has it; <see langword="null"/> for none.</summary>
    [JsonPropertyName("tools")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Tools { get; init; }

    /// <summary>Gets whether and which tool is to be called, as the OpenAI protocol has it; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("tool_choice")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? ToolChoice { get; init; }

    /// <summary>Gets whether the model may ask for several calls at once; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("parallel_tool_calls")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? ParallelToolCalls { get; init; }

    /// <summary>Gets how long a model that can think is to think; <see langword="null"/> leaves it to the model.</summary>
    [JsonPropertyName("reasoning_effort")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningEffort { get; init; }

    /// <summary>Gets who the caller asks for, an opaque name that the provider is told; <see langword="null"/> for nobody.</summary>
    [JsonPropertyName("user")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get; init; }

    /// <summary>Gets what the caller notes with the request, for the provider; <see langword="null"/> for nothing.</summary>
    [JsonPropertyName("metadata")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
