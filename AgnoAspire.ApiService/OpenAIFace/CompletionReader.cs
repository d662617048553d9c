using AgnoAspire.ApiService.NativeFace;
using AgnoAspire.ApiService.Problems;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.OpenAIFace;

/// <summary>Makes a chat completion of an OpenAI request: every parameter is honoured or refused by name.</summary>
internal sealed class CompletionReader(ChatRequestReader bodies, MessageReader messages, IOptions<ChatApiOptions> options)
{
    private const int LongestName = 256;
    private const int MostNotes = 16;
    private const int LongestNote = 512;
    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    private readonly ChatApiOptions limits = options.Value;

    public async Task<(CompletionRequest? Request, ChatCompletion? Completion, ProblemHttpResult? Problem)> ReadAsync(HttpContext context)
    {
        var (request, problem) = await bodies.ReadAsync(context, OpenAIJson.Default.CompletionRequest);
        if (request is null)
        {
            return (null, null, problem);
        }

        var (conversation, wrong) = messages.Read(request.Messages);
        problem = wrong ?? JudgeModel(request.Model) ?? JudgeSampling(request) ?? JudgeRest(request) ?? ToolJudge.Judge(request) ?? JudgeOthers(request);
        return problem is null ? (request, Completion(request, conversation), null) : (null, null, problem);
    }

    private static ChatCompletion Completion(CompletionRequest request, IReadOnlyList<Message> conversation)
    {
        var tools = ToolJudge.Given(request.Tools);
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
            ResponseFormat = ToolJudge.Given(request.ResponseFormat),
            Tools = tools,
            ToolChoice = tools is null ? null : ToolJudge.Given(request.ToolChoice),
            ParallelToolCalls = tools is null ? null : request.ParallelToolCalls,
            ReasoningEffort = request.ReasoningEffort,
            User = request.User,
            Metadata = request.Metadata is { Count: > 0 } notes ? notes : null,
        };
    }

    private static ProblemHttpResult? JudgeOthers(CompletionRequest request) =>
        UnknownFields.Judge(request.Others) ?? (request.StreamOptions is { } options ? UnknownFields.Judge(options.Others, "stream_options.") : null);

    private static ProblemHttpResult? JudgeModel(string? model) =>
        string.IsNullOrWhiteSpace(model) || model.Length > LongestName
            ? Problem.Invalid("model", $"the name of a model is needed, {LongestName} characters at most.")
            : null;

    private ProblemHttpResult? JudgeSampling(CompletionRequest request) => request switch
    {
        { MaxTokens: { } older, MaxCompletionTokens: { } newer } when older != newer => Problem.Invalid("max_tokens", "says something else than max_completion_tokens."),
        { MaxTokens: < 1 } => Problem.Invalid("max_tokens", "has to be at least 1."),
        { MaxCompletionTokens: < 1 } => Problem.Invalid("max_completion_tokens", "has to be at least 1."),
        { MaxTokens: var most } when most > limits.MaxTokens => Problem.Invalid("max_tokens", $"has to be at most {limits.MaxTokens}."),
        { MaxCompletionTokens: var most } when most > limits.MaxTokens => Problem.Invalid("max_completion_tokens", $"has to be at most {limits.MaxTokens}."),
        { Temperature: not null and not (>= 0 and <= 2) } => Problem.Invalid("temperature", "has to be from 0 to 2."),
        { TopP: not null and not (> 0 and <= 1) } => Problem.Invalid("top_p", "has to be above 0 and at most 1."),
        { PresencePenalty: not null and not (>= -2 and <= 2) } => Problem.Invalid("presence_penalty", "has to be from -2 to 2."),
        { FrequencyPenalty: not null and not (>= -2 and <= 2) } => Problem.Invalid("frequency_penalty", "has to be from -2 to 2."),
        { Stop: { } stop } when stop.Count > limits.MaxStopTexts => Problem.Invalid("stop", $"at most {limits.MaxStopTexts} texts are taken."),
        { Stop: { } stop } when stop.Any(text => text.Length == 0 || text.Length > limits.MaxStopLength) => Problem.Invalid("stop", $"each text has 1 to {limits.MaxStopLength} characters."),
        _ => null,
    };

    private static ProblemHttpResult? JudgeRest(CompletionRequest request) => request switch
    {
        { N: not (null or 1) } => Problem.UnsupportedParameter("n", "has to be 1: a request has one answer here."),
        { StreamOptions: not null, Stream: not true } => Problem.Invalid("stream_options", "needs stream to be true."),
        { StreamOptions.IncludeObfuscation: true } => Problem.UnsupportedParameter("stream_options.include_obfuscation", "is not supported; leave it out."),
        { ReasoningEffort: { } effort } when !Efforts.Contains(effort, StringComparer.Ordinal) => Problem.Invalid("reasoning_effort", $"has to be one of {string.Join(", ", Efforts)}."),
        { User.Length: > LongestName } => Problem.Invalid("user", $"at most {LongestName} characters are taken."),
        { Metadata: { } notes } when notes.Count > MostNotes || notes.Any(note => note.Key.Length > 64 || note.Value is null or { Length: > LongestNote }) =>
            Problem.Invalid("metadata", $"at most {MostNotes} notes are taken, with names of at most 64 characters and texts of at most {LongestNote}."),
        _ => null,
    };
}
