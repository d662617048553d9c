using AgnoAspire.ApiService.Admission;

namespace AgnoAspire.ApiService.Chat;

/// <summary>Validates a chat request and maps it to a chat completion.</summary>
internal sealed class ChatRequestMapper(CompletionValidator validator)
{
    private const string Continue = "continue";
    private static readonly string[] DisconnectPolicies = ["cancel", Continue];

    public Result<OpenRequest> Map(ChatRequest request)
    {
        var messages = validator.MapMessages(request.Messages, MapMessage);
        if (!messages.IsSuccess)
        {
            return messages.Problem;
        }

        if (Validate(request) is { } problem)
        {
            return problem;
        }

        var completion = new ChatCompletion
        {
            Model = request.Model!,
            Messages = messages.Value,
            MaxTokens = (int?)request.MaxTokens,
            Temperature = request.Temperature,
            Stop = request.Stop is { Count: > 0 } stop ? stop : null,
            Seed = request.Seed,
        };
        return new OpenRequest(completion, request.Stream is true, request.OnDisconnect == Continue ? DisconnectPolicy.Continue : DisconnectPolicy.Cancel);
    }

    private Result<Message> MapMessage(ChatRequestMessage? message, string field)
    {
        if (message is null)
        {
            return ApiProblems.Invalid(field, "must be an object with role and content.");
        }

        if (CompletionValidator.ValidateRole(message.Role, $"{field}.role", allowsTool: false) is { } unknownRole)
        {
            return unknownRole;
        }

        return message.Content is null ? ApiProblems.Invalid($"{field}.content", "a text is required.")
            : validator.ValidateContent(message.Content, $"{field}.content") is { } tooLong ? tooLong
            : new Message(message.Role!, message.Content);
    }

    private ProblemHttpResult? Validate(ChatRequest request) =>
        CompletionValidator.ValidateModel(request.Model)
        ?? validator.ValidateMaxTokens(request.MaxTokens, "max_tokens")
        ?? CompletionValidator.ValidateTemperature(request.Temperature)
        ?? validator.ValidateStop(request.Stop)
        ?? CompletionValidator.ValidateOneOf(request.OnDisconnect, "on_disconnect", DisconnectPolicies);
}
