namespace AgnoAspire.ApiService.Admission;

/// <summary>The rules for chat completions that all APIs share. Each method returns the problem, or <see langword="null"/> if there is none.</summary>
internal sealed class CompletionValidator(IOptions<ChatApiOptions> options)
{
    public const int MaxNameLength = 256;

    private static readonly string[] ChatRoles = [MessageRole.System, MessageRole.Developer, MessageRole.User, MessageRole.Assistant];
    private static readonly string[] AllRoles = [.. ChatRoles, MessageRole.Tool];

    private readonly ChatApiOptions limits = options.Value;

    /// <summary>Maps the messages of a request one by one, up to the first problem.</summary>
    /// <param name="messages">The messages of the request.</param>
    /// <param name="map">Maps one message; the second argument is its field name.</param>
    public Result<Message[]> MapMessages<T>(IReadOnlyList<T>? messages, Func<T, string, Result<Message>> map)
    {
        if (messages is not { Count: > 0 })
        {
            return ApiProblems.Invalid("messages", "at least one message is required.");
        }

        if (messages.Count > limits.MaxMessages)
        {
            return ApiProblems.Invalid("messages", $"at most {limits.MaxMessages} messages are allowed.");
        }

        var mapped = new Message[messages.Count];
        for (var i = 0; i < mapped.Length; i++)
        {
            var message = map(messages[i], $"messages[{i}]");
            if (!message.IsSuccess)
            {
                return message.Problem;
            }

            mapped[i] = message.Value;
        }

        return mapped;
    }

    public static ProblemHttpResult? ValidateRole(string? role, string field, bool allowsTool) =>
        ValidateOneOf(role ?? "", field, allowsTool ? AllRoles : ChatRoles);

    public ProblemHttpResult? ValidateContent(string content, string field) =>
        content.Length > limits.MaxContentLength ? ApiProblems.Invalid(field, $"at most {limits.MaxContentLength} characters are allowed.") : null;

    public static ProblemHttpResult? ValidateModel(string? model) => string.IsNullOrWhiteSpace(model) || model.Length > MaxNameLength
        ? ApiProblems.Invalid("model", $"the name of a model is required, at most {MaxNameLength} characters.")
        : null;

    public ProblemHttpResult? ValidateMaxTokens(long? value, string field) =>
        value < 1 || value > limits.MaxTokens ? ApiProblems.Invalid(field, $"must be from 1 to {limits.MaxTokens}.") : null;

    public static ProblemHttpResult? ValidateTemperature(double? value) => ValidateRange(value, "temperature", 0, 2);

    public static ProblemHttpResult? ValidateTopP(double? value) =>
        value is null or (> 0 and <= 1) ? null : ApiProblems.Invalid("top_p", "must be above 0 and at most 1.");

    public static ProblemHttpResult? ValidateRange(double? value, string field, int min, int max) =>
        value is null || (value >= min && value <= max) ? null : ApiProblems.Invalid(field, $"must be from {min} to {max}.");

    public ProblemHttpResult? ValidateStop(IReadOnlyList<string>? stop) =>
        stop is null ? null
        : stop.Count > limits.MaxStopSequences ? ApiProblems.Invalid("stop", $"at most {limits.MaxStopSequences} stop sequences are allowed.")
        : stop.Any(text => text.Length == 0 || text.Length > limits.MaxStopSequenceLength)
            ? ApiProblems.Invalid("stop", $"each stop sequence must have 1 to {limits.MaxStopSequenceLength} characters.")
        : null;

    public static ProblemHttpResult? ValidateOneOf(string? value, string field, IReadOnlyList<string> allowed) =>
        value is null || allowed.Contains(value, StringComparer.Ordinal) ? null : ApiProblems.Invalid(field, $"must be one of {string.Join(", ", allowed)}.");
}
