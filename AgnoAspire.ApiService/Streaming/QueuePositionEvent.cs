using System.Text.Json.Serialization;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>
/// An event for a viewer that waits and wants to know how long: a chunk without text that says how many chats are served before this one.
/// It is not in the log and has no id, so it changes nothing about the sequence.
/// </summary>
internal sealed record QueuePositionEvent(
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("queue_position")] long Position)
{
    [JsonPropertyName("content")]
    [JsonPropertyOrder(-2)]
    public string Content { get; } = "";

    [JsonPropertyName("done")]
    [JsonPropertyOrder(-1)]
    public bool Done { get; }
}
