using System.Text.Json.Serialization;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>A failure as OpenAI's clients expect it.</summary>
/// <param name="Error">What happened.</param>
public sealed record OpenAIErrorResponse([property: JsonPropertyName("error")] OpenAIError Error)
{
    internal static OpenAIErrorResponse Of(ChatError error) => new(new OpenAIError(error.Message, "server_error", null, error.Code));

    internal static OpenAIErrorResponse Cancelled { get; } = new(new OpenAIError("The chat was cancelled.", "cancelled", null, FinishReason.Cancelled));
}

/// <summary>What happened.</summary>
/// <param name="Message">For people: what, and what to do.</param>
/// <param name="Type">Whose fault it is.</param>
/// <param name="Param">The parameter it is about, or <see langword="null"/>.</param>
/// <param name="Code">A stable name for programs.</param>
public sealed record OpenAIError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("param")] string? Param,
    [property: JsonPropertyName("code")] string? Code);
