namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>A chat completion: a caller's request to a model. Kept in the job as JSON until the stream has ended.</summary>
public sealed record ChatCompletion
{
    /// <summary>Gets the public name of the model, as the model catalog has it and every chunk repeats it.</summary>
    [JsonPropertyName("model")]
    public required string Model { get; init; }

    /// <summary>Gets the conversation, oldest message first; never empty.</summary>
    [JsonPropertyName("messages")]
    public required IReadOnlyList<Message> Messages { get; init; }

    /// <summary>Gets the maximum number of tokens of the answer; <see langword="null"/> for the model's default.</summary>
    [JsonPropertyName("max_tokens")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; init; }

    /// <summary>Gets the sampling temperature, 0 to 2; <see langword="null"/> for the model's default.</summary>
    [JsonPropertyName("temperature")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Temperature { get; init; }

    /// <summary>Gets the stop sequences: the answer ends before the first occurrence of one; <see langword="null"/> for none.</summary>
    [JsonPropertyName("stop")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Gets the seed of the sampling; equal requests with equal seeds give equal answers where the model can.</summary>
    [JsonPropertyName("seed")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Seed { get; init; }

    /// <summary>Gets the nucleus sampling probability, above 0 to 1; <see langword="null"/> for the model's default.</summary>
    [JsonPropertyName("top_p")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TopP { get; init; }

    /// <summary>Gets the penalty of tokens that occurred, -2 to 2; <see langword="null"/> for the model's default.</summary>
    [JsonPropertyName("presence_penalty")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? PresencePenalty { get; init; }

    /// <summary>Gets the penalty of tokens for each occurrence, -2 to 2; <see langword="null"/> for the model's default.</summary>
    [JsonPropertyName("frequency_penalty")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? FrequencyPenalty { get; init; }

    /// <summary>Gets the format of the answer, an object of the OpenAI protocol; <see langword="null"/> for plain text.</summary>
    [JsonPropertyName("response_format")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>Gets the functions the model may call, a list of the OpenAI protocol; <see langword="null"/> for none.</summary>
    [JsonPropertyName("tools")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Tools { get; init; }

    /// <summary>Gets whether and which tool to call, in the form of the OpenAI protocol; <see langword="null"/> for the model's default.</summary>
    [JsonPropertyName("tool_choice")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? ToolChoice { get; init; }

    /// <summary>Gets whether the model may make several calls at once; <see langword="null"/> for the model's default.</summary>
    [JsonPropertyName("parallel_tool_calls")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? ParallelToolCalls { get; init; }

    /// <summary>Gets the effort of a reasoning model; <see langword="null"/> for the model's default.</summary>
    [JsonPropertyName("reasoning_effort")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningEffort { get; init; }

    /// <summary>Gets the caller's end user, an opaque name passed to the provider; <see langword="null"/> for none.</summary>
    [JsonPropertyName("user")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get; init; }

    /// <summary>Gets the caller's metadata, passed to the provider; <see langword="null"/> for none.</summary>
    [JsonPropertyName("metadata")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
