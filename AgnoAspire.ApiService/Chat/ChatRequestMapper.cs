using System.Text.Encodings.Web;
using AgnoAspire.ApiService.Admission;

namespace AgnoAspire.ApiService.Chat;

/// <summary>Validates a chat request and maps it to a chat completion.</summary>
internal sealed class ChatRequestMapper(CompletionValidator validator)
{
    private const string Continue = "continue";
    private static readonly string[] DisconnectPolicies = ["cancel", Continue];

    // Relaxed: escaping would make text in most scripts two to three times as long.
    private static readonly ChatJsonContext Json = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public Result<OpenRequest> Map(JsonBody<ChatRequest> body)
    {
        var request = body.Value;
        if (Validate(request) is { } problem)
        {
            return problem;
        }

        // What remains is the OpenAI protocol.
        var asked = request with { Stream = null, OnDisconnect = null, QueuePosition = null, Stop = request.Stop is { Count: > 0 } stop ? stop : null };
        var completion = ChatCompletion.Parse(JsonSerializer.SerializeToUtf8Bytes(asked, Json.ChatRequest));
        return new OpenRequest(completion, request.Stream is true, request.OnDisconnect == Continue ? DisconnectPolicy.Continue : DisconnectPolicy.Cancel);
    }

    private ProblemHttpResult? Validate(ChatRequest request) =>
        validator.ValidateMessages(request.Messages, ValidateMessage)
        ?? CompletionValidator.ValidateModel(request.Model)
        ?? validator.ValidateMaxTokens(request.MaxTokens, "max_tokens")
        ?? CompletionValidator.ValidateTemperature(request.Temperature)
        ?? validator.ValidateStop(request.Stop)
        ?? CompletionValidator.ValidateOneOf(request.OnDisconnect, "on_disconnect", DisconnectPolicies);

    private ProblemHttpResult? ValidateMessage(ChatRequestMessage? message, string field) =>
        message is null ? ApiProblems.Invalid(field, "must be an object with role and content.")
        : CompletionValidator.ValidateRole(message.Role, $"{field}.role")
        ?? (message.Content is { } content
            ? validator.ValidateContent(content.Length, $"{field}.content")
            : ApiProblems.Invalid($"{field}.content", "a text is required."));
}
