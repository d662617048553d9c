namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>One chunk of a stream, as the streaming contract defines it. The log holds its JSON, which the chat API sends unchanged.</summary>
public sealed record ChatChunk
{
    /// <summary>Gets the text; never <see langword="null"/>, empty in the terminal chunk.</summary>
    [JsonPropertyName("content")]
    public required string Content { get; init; }

    /// <summary>Gets whether this is the terminal chunk.</summary>
    [JsonPropertyName("done")]
    public required bool Done { get; init; }

    /// <summary>Gets the public name of the model.</summary>
    [JsonPropertyName("model")]
    public required string Model { get; init; }

    /// <summary>Gets the next part of the model's reasoning; <see langword="null"/> for none. The content is then empty.</summary>
    [JsonPropertyName("reasoning")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reasoning { get; init; }

    /// <summary>Gets the next parts of the tool calls; <see langword="null"/> for none. The content is then empty.</summary>
    [JsonPropertyName("tool_calls")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    /// <summary>Gets why the stream ended, one of <see cref="Contracts.FinishReason"/>'s names; in the terminal chunk only.</summary>
    [JsonPropertyName("finish_reason")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FinishReason { get; init; }

    /// <summary>Gets the provider's own finish reason, where it differs; in the terminal chunk only.</summary>
    [JsonPropertyName("provider_finish_reason")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ProviderFinishReason { get; init; }

    /// <summary>Gets the token usage; in the terminal chunk of every stream that has text.</summary>
    [JsonPropertyName("usage")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }

    /// <summary>Gets why it failed; in a terminal chunk with the finish reason <c>error</c>.</summary>
    [JsonPropertyName("error")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChatError? Error { get; init; }

    /// <summary>
    /// Gets how the stream continued after its worker was lost: <c>replay</c> (regenerated; what was sent is verified and skipped),
    /// <c>prefix</c> (continued after it) or <c>fail</c>; in the terminal chunk, if it happened.
    /// </summary>
    [JsonPropertyName("continuation")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Continuation { get; init; }

    /// <summary>Gets the fields of the request that the operator's settings or the provider made the worker drop or replace; in the terminal chunk.</summary>
    [JsonPropertyName("dropped_fields")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? DroppedFields { get; init; }

    private static ReadOnlySpan<byte> TerminalStart => "{\"content\":\"\",\"done\":true"u8;

    /// <summary>Reads a chunk.</summary>
    /// <param name="utf8">The bytes of the log.</param>
    /// <returns>The chunk.</returns>
    /// <exception cref="JsonException">The bytes are not a chunk.</exception>
    public static ChatChunk Parse(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, ChatJobsJsonContext.Default.ChatChunk) ?? throw new JsonException("A chunk is a JSON object.");

    /// <summary>Whether the bytes are a terminal chunk. Every terminal chunk begins alike, so nothing is parsed.</summary>
    /// <param name="utf8">The bytes of the log.</param>
    /// <returns>True for a terminal chunk.</returns>
    public static bool IsTerminal(ReadOnlySpan<byte> utf8) => utf8.StartsWith(TerminalStart);

    /// <summary>Reads the text or reasoning of a chunk that contains nothing else, without decoding it.</summary>
    /// <param name="utf8">The bytes of the log.</param>
    /// <param name="text">The JSON string as it is in the log: escaped, in quotes.</param>
    /// <param name="isReasoning">Whether it is reasoning.</param>
    /// <returns>False for any other chunk.</returns>
    public static bool TryReadText(ReadOnlySpan<byte> utf8, out ReadOnlySpan<byte> text, out bool isReasoning)
    {
        isReasoning = false;
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        reader.Read();
        reader.Read();
        text = utf8[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
        reader.Read();
        reader.Read();
        if (reader.TokenType != JsonTokenType.False)
        {
            return false;
        }

        reader.Read();
        reader.Read();
        reader.Read();
        if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("reasoning"u8))
        {
            isReasoning = true;
            reader.Read();
            text = utf8[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
            reader.Read();
        }

        return reader.TokenType == JsonTokenType.EndObject;
    }
}

/// <summary>Why a stream ended, as its terminal chunk reports it in <c>finish_reason</c>.</summary>
public static class FinishReason
{
    /// <summary>The model finished, or generated a stop sequence.</summary>
    public const string Stop = "stop";

    /// <summary>The answer reached the maximum number of tokens or characters.</summary>
    public const string Length = "length";

    /// <summary>The provider withheld the rest.</summary>
    public const string ContentFilter = "content_filter";

    /// <summary>The model calls functions and waits for their results.</summary>
    public const string ToolCalls = "tool_calls";

    /// <summary>The caller cancelled it, or it had no viewers.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>It failed; the terminal chunk has <c>error</c>.</summary>
    public const string Error = "error";
}

/// <summary>The tokens of a chat completion.</summary>
/// <param name="PromptTokens">Tokens read.</param>
/// <param name="CompletionTokens">Tokens generated.</param>
/// <param name="TotalTokens">The sum.</param>
public sealed record Usage(
    [property: JsonPropertyName("prompt_tokens")] long PromptTokens,
    [property: JsonPropertyName("completion_tokens")] long CompletionTokens,
    [property: JsonPropertyName("total_tokens")] long TotalTokens)
{
    /// <summary>Gets whether the counts are our estimate, because the provider reported none or did not come to its end.</summary>
    [JsonPropertyName("estimated")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Estimated { get; init; }

    /// <summary>Gets or sets the provider's other counts: cached, reasoning and other details.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Details { get; set; }
}

/// <summary>Why a stream failed, as its terminal chunk reports it in <c>error</c>.</summary>
/// <param name="Code">A stable name for programs, one of <see cref="ErrorCode"/>'s.</param>
/// <param name="Message">One sentence for people: what happened and what to do. Contains no secret, prompt or answer.</param>
public sealed record ChatError(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message)
{
    /// <summary>Gets after how many seconds the provider wants to be asked again; <see langword="null"/> if it did not say.</summary>
    [JsonPropertyName("retry_after")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RetryAfterSeconds { get; init; }
}
