using AgnoAspire.ApiService.Admission;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Validates an OpenAI request and maps it to a chat completion: every parameter is supported or rejected by name.</summary>
internal sealed class CompletionRequestMapper(CompletionValidator validator, MessageMapper messages)
{
    private const int MaxMetadataCount = 16;
    private const int MaxMetadataKeyLength = 64;
    private const int MaxMetadataValueLength = 512;
    private static readonly string[] ReasoningEfforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    public Result<OpenRequest> Map(ChatCompletionRequest request)
    {
        var mapped = validator.MapMessages(request.Messages, messages.Map);
        if (!mapped.IsSuccess)
        {
            return mapped.Problem;
        }

        var problem = CompletionValidator.ValidateModel(request.Model)
            ?? ValidateSampling(request)
            ?? ValidateOptions(request)
            ?? ToolValidator.Validate(request)
            ?? UnsupportedParameters.Validate(request.ExtensionData)
            ?? (request.StreamOptions is { } options ? UnsupportedParameters.Validate(options.ExtensionData, "stream_options.") : null);
        return problem is null ? new OpenRequest(Complete(request, mapped.Value), request.Stream is true) : problem;
    }

    private static ChatCompletion Complete(ChatCompletionRequest request, IReadOnlyList<Message> messages)
    {
        var tools = request.Tools.NullIfEmpty();
        return new ChatCompletion
        {
            Model = request.Model!,
            Messages = messages,
            MaxTokens = (int?)(request.MaxCompletionTokens ?? request.MaxTokens),
            Temperature = request.Temperature,
            TopP = request.TopP,
            PresencePenalty = request.PresencePenalty,
            FrequencyPenalty = request.FrequencyPenalty,
            Stop = request.Stop is { Count: > 0 } stop ? stop : null,
            Seed = request.Seed,
            ResponseFormat = request.ResponseFormat.NullIfEmpty(),
            Tools = tools,
            ToolChoice = tools is null ? null : request.ToolChoice.NullIfEmpty(),
            ParallelToolCalls = tools is null ? null : request.ParallelToolCalls,
            ReasoningEffort = request.ReasoningEffort,
            User = request.User,
            Metadata = request.Metadata is { Count: > 0 } metadata ? metadata : null,
        };
    }

    private ProblemHttpResult? ValidateSampling(ChatCompletionRequest request) =>
        (request is { MaxTokens: { } older, MaxCompletionTokens: { } newer } && older != newer
            ? ApiProblems.Invalid("max_tokens", "must equal max_completion_tokens.")
            : null)
        ?? validator.ValidateMaxTokens(request.MaxTokens, "max_tokens")
        ?? validator.ValidateMaxTokens(request.MaxCompletionTokens, "max_completion_tokens")
        ?? CompletionValidator.ValidateTemperature(request.Temperature)
        ?? CompletionValidator.ValidateTopP(request.TopP)
        ?? CompletionValidator.ValidateRange(request.PresencePenalty, "presence_penalty", -2, 2)
        ?? CompletionValidator.ValidateRange(request.FrequencyPenalty, "frequency_penalty", -2, 2)
        ?? validator.ValidateStop(request.Stop);

    private static ProblemHttpResult? ValidateOptions(ChatCompletionRequest request) => request switch
    {
        { N: not (null or 1) } => ApiProblems.UnsupportedParameter("n", "must be 1; more than one choice is not supported."),
        { StreamOptions: not null, Stream: not true } => ApiProblems.Invalid("stream_options", "requires stream to be true."),
        { StreamOptions.IncludeObfuscation: true } =>
            ApiProblems.UnsupportedParameter("stream_options.include_obfuscation", "is not supported; omit it."),
        { User.Length: > CompletionValidator.MaxNameLength } =>
            ApiProblems.Invalid("user", $"at most {CompletionValidator.MaxNameLength} characters are allowed."),
        { Metadata: { } data } when data.Count > MaxMetadataCount
            || data.Any(pair => pair.Key.Length > MaxMetadataKeyLength || pair.Value is null or { Length: > MaxMetadataValueLength }) =>
            ApiProblems.Invalid("metadata", $"at most {MaxMetadataCount} keys of {MaxMetadataKeyLength} and values of {MaxMetadataValueLength} characters."),
        _ => CompletionValidator.ValidateOneOf(request.ReasoningEffort, "reasoning_effort", ReasoningEfforts),
    };
}
