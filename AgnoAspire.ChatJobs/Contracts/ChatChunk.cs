using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>One chunk of a stream, as the streaming contract has it; a log holds its JSON, which is what the native face sends.</summary>
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

    /// <summary>Gets what is new of the calls the model wants made; <see langword="null"/> for nothing, and always with a text.</summary>
    [JsonPropertyName("tool_calls")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    /// <summary>Gets why the stream ended, one of <see cref="Contracts.FinishReason"/>'s names; in the terminal chunk only.</summary>
    [JsonPropertyName("finish_reason")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FinishReason { get; init; }

    /// <summary>Gets what it cost; in the terminal chunk, where the provider told.</summary>
    [JsonPropertyName("usage")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }

    /// <summary>Gets why it failed; in a terminal chunk with the finish reason <c>error</c>.</summary>
    [JsonPropertyName("error")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChatError? Error { get; init; }

    /// <summary>
    /// Gets what was done when a worker was lost in mid-answer: <c>replay</c> (generated anew, what was sent verified and skipped),
    /// <c>prefix</c> (continued behind it) or <c>fail</c>; in the terminal chunk, where it happened.
    /// </summary>
    [JsonPropertyName("continuation")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Continuation { get; init; }

    private static ReadOnlySpan<byte> TerminalStart => "{\"content\":\"\",\"done\":true"u8;

    /// <summary>Reads a chunk.</summary>
    /// <param name="utf8">The bytes of the log.</param>
    /// <returns>The chunk.</returns>
    /// <exception cref="JsonException">The bytes are not a chunk.</exception>
    public static ChatChunk Parse(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, ChatJobsJsonContext.Default.ChatChunk) ?? throw new JsonException("A chunk is a JSON object.");

    /// <summary>Whether the bytes of a chunk are a terminal one's. Every terminal chunk begins alike, so nothing has to be parsed.</summary>
    /// <param name="utf8">The bytes of the log.</param>
    /// <returns>True for a terminal chunk.</returns>
    public static bool IsTerminal(ReadOnlySpan<byte> utf8) => utf8.StartsWith(TerminalStart);
}
