using AgnoAspire.ApiService.Problems;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.OpenAIFace;

/// <summary>Makes our messages of OpenAI's, or says which one is wrong and why.</summary>
internal sealed class MessageReader(IOptions<ChatApiOptions> options)
{
    private const int LongestName = 64;
    private const int LongestId = 256;
    private const int MostCalls = 128;
    private static readonly string[] Roles = [MessageRole.System, MessageRole.Developer, MessageRole.User, MessageRole.Assistant, MessageRole.Tool];

    private readonly ChatApiOptions limits = options.Value;

    public (IReadOnlyList<Message> Messages, ProblemHttpResult? Problem) Read(IReadOnlyList<CompletionMessage?>? given)
    {
        if (given is not { Count: > 0 })
        {
            return ([], Problem.Invalid("messages", "a list of at least one message is needed."));
        }

        if (given.Count > limits.MaxMessages)
        {
            return ([], Problem.Invalid("messages", $"at most {limits.MaxMessages} messages are taken."));
        }

        var messages = new List<Message>(given.Count);
        for (var i = 0; i < given.Count; i++)
        {
            var (message, problem) = ReadOne(given[i], $"messages[{i}]");
            if (message is null)
            {
                return ([], problem);
            }

            messages.Add(message);
        }

        return (messages, null);
    }

    private (Message? Message, ProblemHttpResult? Problem) ReadOne(CompletionMessage? given, string field)
    {
        if (given?.Role is not { } role || !Roles.Contains(role, StringComparer.Ordinal))
        {
            return (null, Problem.Invalid($"{field}.role", $"has to be one of {string.Join(", ", Roles)}."));
        }

        var calls = given.ToolCalls?.Count > 0 ? given.ToolCalls : null;
        if ((JudgeNames(given, field) ?? JudgeCalls(role, calls, field) ?? UnknownFields.Judge(given.Others, $"{field}.", echo: "parsed")) is { } problem)
        {
            return (null, problem);
        }

        var (text, parts, wrong) = ContentReader.Read(given.Content, role, mayBeEmpty: calls is not null, $"{field}.content");
        if (wrong is not null || text.Length > limits.MaxContentLength)
        {
            return (null, wrong ?? Problem.Invalid($"{field}.content", $"at most {limits.MaxContentLength} characters are taken."));
        }

        var message = new Message(role, text)
        {
            Parts = parts,
            Name = given.Name,
            ToolCalls = calls is null ? null : [.. calls.Select(Call)],
            ToolCallId = given.ToolCallId,
        };
        return (message, null);
    }

    private static ProblemHttpResult? JudgeNames(CompletionMessage given, string field) => given switch
    {
        { Name: { } name } when name.Length is 0 or > LongestName => Problem.Invalid($"{field}.name", $"has 1 to {LongestName} characters."),
        { Role: MessageRole.Tool, ToolCallId: null or "" or { Length: > LongestId } } => Problem.Invalid($"{field}.tool_call_id", "the id of the call that is answered is needed."),
        { Role: not MessageRole.Tool, ToolCallId: not null } => Problem.Invalid($"{field}.tool_call_id", "belongs to a message of the role tool."),
        _ => null,
    };

    private ProblemHttpResult? JudgeCalls(string role, IReadOnlyList<CompletionToolCall?>? calls, string field)
    {
        if (calls is null)
        {
            return null;
        }

        if (role != MessageRole.Assistant || calls.Count > MostCalls)
        {
            return Problem.Invalid($"{field}.tool_calls", $"belongs to a message of the role assistant, and has at most {MostCalls} calls.");
        }

        var isWhole = calls.All(call => call is { Id: { Length: > 0 and <= LongestId }, Type: "function", Function: { Name.Length: > 0 and <= LongestName, Arguments: { } arguments } }
            && arguments.Length <= limits.MaxContentLength);
        return isWhole
            ? calls.Select((call, i) => JudgeFields(call!, $"{field}.tool_calls[{i}].")).FirstOrDefault(static problem => problem is not null)
            : Problem.Invalid($"{field}.tool_calls", "each needs id, type function, and function with name and arguments.");
    }

    private static ProblemHttpResult? JudgeFields(CompletionToolCall call, string prefix) =>
        UnknownFields.Judge(call.Others, prefix) ?? UnknownFields.Judge(call.Function!.Others, $"{prefix}function.", echo: "parsed_arguments");

    private static ToolCall Call(CompletionToolCall? call) =>
        new() { Id = call!.Id, Type = call.Type, Function = new CalledFunction(call.Function!.Name, call.Function.Arguments!) };
}
