using System.Text.Json.Serialization;

namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>Why a stream failed, as its terminal chunk says it in <c>error</c>.</summary>
/// <param name="Code">A stable name for programs, one of <see cref="ErrorCode"/>'s.</param>
/// <param name="Message">One sentence for people: what happened and what to do. Holds no secret, prompt or answer.</param>
public sealed record ChatError(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message);
