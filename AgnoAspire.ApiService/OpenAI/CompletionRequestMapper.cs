using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Makes a chat completion of an OpenAI request: every parameter is honoured or refused by name.</summary>
internal sealed class CompletionRequestMapper(ChatRequestReader bodies, MessageMapper messages, IOptions<ChatApiOptions> options)
{
    private const int LongestName = 256;
    private const int MostNotes = 16;
    private const int LongestNote = 512;
    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    private readonly ChatApiOptions limits = options.Value;

    public async Task<(ChatCompletionRequest? Request, ChatCompletion? Completion, ProblemHttpResult? Problem)> ReadAsync(HttpContext context)
    {
        var (request, problem) = await bodies.ReadAsync(context, OpenAIJsonContext.Default.ChatCompletionRequest);
        if (request is null)
        {
            return (null, null, problem);
        }

        var (conversation, wrong) = messages.Read(request.Messages);
        problem = wrong ?? ValidateModel(request.Model) ?? ValidateSampling(request) ?? ValidateRest(request) ?? ToolValidator.Validate(request) ?? ValidateExtensionData(request);
        return problem is null ? (request, Completion(request, conversation), null) : (null, null, problem);
    }

    private static ChatCompletion Completion(ChatCompletionRequest request, IReadOnlyList<Message> conversation)
    {
        var tools = ToolValidator.Given(request.Tools);
        return new ChatCompletion
        {
            Model = request.Model!,
            Messages = conversation,
            MaxTokens = (int?)(request.MaxCompletionTokens ?? request.MaxTokens),
            Temperature = request.Temperature,
            TopP = request.TopP,
            PresencePenalty = request.PresencePenalty,
            FrequencyPenalty = request.FrequencyPenalty,
            Stop = request.Stop is { Count: > 0 } stop ? stop : null,
            Seed = request.Seed,
            ResponseFormat = ToolValidator.Given(request.ResponseFormat),
            Tools = tools,
            ToolChoice = tools is null ? null : ToolValidator.Given(request.ToolChoice),
            ParallelToolCalls = tools is null ? null : request.ParallelToolCalls,
            ReasoningEffort = request.ReasoningEffort,
            User = request.User,
            Metadata = request.Metadata is { Count: > 0 } notes ? notes : null,
        };
    }

    private static ProblemHttpResult? ValidateExtensionData(ChatCompletionRequest request) =>
        UnsupportedParameters.Validate(request.ExtensionData) ?? (request.StreamOptions is { } options ? UnsupportedParameters.Validate(options.ExtensionData, "stream_options.") : null);

    private static ProblemHttpResult? ValidateModel(string? model) =>
        string.IsNullOrWhiteSpace(model) || model.Length > LongestName
            ? ApiProblems.Invalid("model", $"the name of a model is needed, {LongestName} characters at most.")
            : null;

    private ProblemHttpResult? ValidateSampling(ChatCompletionRequest request) => request switch
    {
        { MaxTokens: { } older, MaxCompletionTokens: { } newer } when older != newer => ApiProblems.Invalid("max_tokens", "says something else than max_completion_tokens."),
        { MaxTokens: < 1 } => ApiProblems.Invalid("max_tokens", "has to be at least 1."),
        { MaxCompletionTokens: < 1 } => ApiProblems.Invalid("max_completion_tokens", "has to be at least 1."),
        { MaxTokens: var most } when most > limits.MaxTokens => ApiProblems.Invalid("max_tokens", $"has to be at most {limits.MaxTokens}."),
        { MaxCompletionTokens: var most } when most > limits.MaxTokens => ApiProblems.Invalid("max_completion_tokens", $"has to be at most {limits.MaxTokens}."),
        { Temperature: not null and not (>= 0 and <= 2) } => ApiProblems.Invalid("temperature", "has to be from 0 to 2."),
        { TopP: not null and not (> 0 and <= 1) } => ApiProblems.Invalid("top_p", "has to be above 0 and at most 1."),
        { PresencePenalty: not null and not (>= -2 and <= 2) } => ApiProblems.Invalid("presence_penalty", "has to be from -2 to 2."),
        { FrequencyPenalty: not null and not (>= -2 and <= 2) } => ApiProblems.Invalid("frequency_penalty", "has to be from -2 to 2."),
        { Stop: { } stop } when stop.Count > limits.MaxStopSequences => ApiProblems.Invalid("stop", $"at most {limits.MaxStopSequences} texts are taken."),
        { Stop: { } stop } when stop.Any(text => text.Length == 0 || text.Length > limits.MaxStopSequenceLength) => ApiProblems.Invalid("stop", $"each text has 1 to {limits.MaxStopSequenceLength} characters."),
        _ => null,
    };

    private static ProblemHttpResult? ValidateRest(ChatCompletionRequest request) => request switch
    {
        { N: not (null or 1) } => ApiProblems.UnsupportedParameter("n", "has to be 1: a request has one answer here."),
        { StreamOptions: not null, Stream: not true } => ApiProblems.Invalid("stream_options", "needs stream to be true."),
        { StreamOptions.IncludeObfuscation: true } => ApiProblems.UnsupportedParameter("stream_options.include_obfuscation", "is not supported; leave it out."),
        { ReasoningEffort: { } effort } when !Efforts.Contains(effort, StringComparer.Ordinal) => ApiProblems.Invalid("reasoning_effort", $"has to be one of {string.Join(", ", Efforts)}."),
        { User.Length: > LongestName } => ApiProblems.Invalid("user", $"at most {LongestName} characters are taken."),
        { Metadata: { } notes } when notes.Count > MostNotes || notes.Any(note => note.Key.Length > 64 || note.Value is null or { Length: > LongestNote }) =>
            ApiProblems.Invalid("metadata", $"at most {MostNotes} notes are taken, with names of at most 64 characters and texts of at most {LongestNote}."),
        _ => null,
    };
}
