using System.Text.Json.Serialization;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The answer of <c>GET /api/v1/chat/{id}</c>: a chat as it is now.</summary>
public sealed record ChatStatus
{
    /// <summary>Gets the id.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>Gets queued, running, completed, cancelled, failed or dead (tried as often as allowed).</summary>
    [JsonPropertyName("status")]
    public required string Status { get; init; }

    /// <summary>Gets the public name of the model.</summary>
    [JsonPropertyName("model")]
    public required string Model { get; init; }

    /// <summary>Gets what answers.</summary>
    [JsonPropertyName("provider")]
    public required string Provider { get; init; }

    /// <summary>Gets how many chats are served before this one; only while it waits.</summary>
    [JsonPropertyName("queue_position")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? QueuePosition { get; init; }

    /// <summary>Gets the text so far, or all of it.</summary>
    [JsonPropertyName("content")]
    public required string Content { get; init; }

    /// <summary>Gets the sequence of the newest chunk, 0 before the first.</summary>
    [JsonPropertyName("last_event_id")]
    public required long LastEventId { get; init; }

    /// <summary>Gets why it ended.</summary>
    [JsonPropertyName("finish_reason")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FinishReason { get; init; }

    /// <summary>Gets what it cost.</summary>
    [JsonPropertyName("usage")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }

    /// <summary>Gets why it failed.</summary>
    [JsonPropertyName("error")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChatError? Error { get; init; }

    /// <summary>Gets what was done about a worker that was lost in mid-answer: replay, prefix or fail.</summary>
    [JsonPropertyName("continuation")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Continuation { get; init; }

    /// <summary>Gets when it was admitted.</summary>
    [JsonPropertyName("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Gets when a worker began it.</summary>
    [JsonPropertyName("started_at")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Gets when it ended.</summary>
    [JsonPropertyName("ended_at")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? EndedAt { get; init; }
}
