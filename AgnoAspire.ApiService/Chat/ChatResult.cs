using System.Text.Json.Serialization;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.Chat;

/// <summary>The answer of <c>POST /api/v1/chat</c> when it is not streamed.</summary>
/// <param name="Id">The job.</param>
/// <param name="Model">The public name of the model.</param>
/// <param name="Message">The answer as a message, to be sent back in the next turn.</param>
/// <param name="Content">The answer's text, the same as the concatenated chunks of a stream.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Usage">What it cost, where the provider told.</param>
/// <param name="Done">Always true.</param>
public sealed record ChatResult(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("message")] Message Message,
    [property: JsonPropertyName("content")] string Content,
    [property: JsonPropertyName("finish_reason")] string FinishReason,
    [property: JsonPropertyName("usage")] Usage? Usage,
    [property: JsonPropertyName("done")] bool Done);
