using AgnoAspire.ApiService.Admission;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Validates what the API uses of an OpenAI request. The request itself is the chat completion.</summary>
internal sealed class CompletionRequestMapper(CompletionValidator validator)
{
    public Result<OpenRequest> Map(JsonBody<ChatCompletionRequest> body)
    {
        var request = body.Value;
        var problem = validator.ValidateMessages(request.Messages, ValidateMessage)
            ?? CompletionValidator.ValidateModel(request.Model)
            ?? validator.ValidateMaxTokens(request.MaxTokens, "max_tokens")
            ?? validator.ValidateMaxTokens(request.MaxCompletionTokens, "max_completion_tokens")
            ?? (request.N > 1 ? ApiProblems.UnsupportedParameter("n", "must be 1; more than one choice is not supported.") : null);
        return problem is null ? new OpenRequest(new ChatCompletion(body.Bytes, body.Json), request.Stream is true) : problem;
    }

    private ProblemHttpResult? ValidateMessage(ChatCompletionMessage? message, string field) =>
        string.IsNullOrEmpty(message?.Role) ? ApiProblems.Invalid($"{field}.role", "a role is required.")
        : validator.ValidateContent(TextLength(message.Content), $"{field}.content");

    private static int TextLength(JsonElement? content) => content switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Length,
        { ValueKind: JsonValueKind.Array } parts => parts.EnumerateArray().Sum(part => TextLength(part.Property("text"))),
        _ => 0,
    };
}
