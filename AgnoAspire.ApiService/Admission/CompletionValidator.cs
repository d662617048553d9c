namespace AgnoAspire.ApiService.Admission;

/// <summary>The rules for chat completions that all APIs share. Each method returns the problem, or <see langword="null"/> if there is none.</summary>
internal sealed class CompletionValidator(IOptions<ChatApiOptions> options)
{
    public const int MaxNameLength = 256;

    private static readonly string[] ChatRoles = [MessageRole.System, MessageRole.Developer, MessageRole.User, MessageRole.Assistant];

    private readonly ChatApiOptions limits = options.Value;

    /// <summary>Validates the messages of a request one by one, up to the first problem.</summary>
    /// <param name="messages">The messages of the request.</param>
    /// <param name="validate">Validates one message; the second argument is its field name.</param>
    public ProblemHttpResult? ValidateMessages<T>(IReadOnlyList<T>? messages, Func<T, string, ProblemHttpResult?> validate) =>
        messages is not { Count: > 0 } ? ApiProblems.Invalid("messages", "at least one message is required.")
        : messages.Count > limits.MaxMessages ? ApiProblems.Invalid("messages", $"at most {limits.MaxMessages} messages are allowed.")
        : messages.Select((message, index) => validate(message, $"messages[{index}]")).FirstOrDefault(problem => problem is not null);

    public static ProblemHttpResult? ValidateRole(string? role, string field) => ValidateOneOf(role ?? "", field, ChatRoles);

    public ProblemHttpResult? ValidateContent(int length, string field) =>
        length > limits.MaxContentLength ? ApiProblems.Invalid(field, $"at most {limits.MaxContentLength} characters are allowed.") : null;

    public static ProblemHttpResult? ValidateModel(string? model) => string.IsNullOrWhiteSpace(model) || model.Length > MaxNameLength
        ? ApiProblems.Invalid("model", $"the name of a model is required, at most {MaxNameLength} characters.")
        : null;

    public ProblemHttpResult? ValidateMaxTokens(double? value, string field) =>
        value < 1 || value > limits.MaxTokens || value % 1 > 0 ? ApiProblems.Invalid(field, $"must be from 1 to {limits.MaxTokens}.") : null;

    public static ProblemHttpResult? ValidateTemperature(double? value) =>
        value is null or (>= 0 and <= 2) ? null : ApiProblems.Invalid("temperature", "must be from 0 to 2.");

    public ProblemHttpResult? ValidateStop(IReadOnlyList<string>? stop) =>
        stop is null ? null
        : stop.Count > limits.MaxStopSequences ? ApiProblems.Invalid("stop", $"at most {limits.MaxStopSequences} stop sequences are allowed.")
        : stop.Any(text => text.Length == 0 || text.Length > limits.MaxStopSequenceLength)
            ? ApiProblems.Invalid("stop", $"each stop sequence must have 1 to {limits.MaxStopSequenceLength} characters.")
        : null;

    public static ProblemHttpResult? ValidateOneOf(string? value, string field, IReadOnlyList<string> allowed) =>
        value is null || allowed.Contains(value, StringComparer.Ordinal) ? null : ApiProblems.Invalid(field, $"must be one of {string.Join(", ", allowed)}.");
}
