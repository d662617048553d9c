using AgnoAspire.ApiService.Http;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Makes our messages of OpenAI's, or says which one is wrong and why.</summary>
internal sealed class MessageMapper(IOptions<ChatApiOptions> options)
{
    private const int LongestName = 64;
    private const int LongestId = 256;
    private const int MostCalls = 128;
    private static readonly string[] Roles = [MessageRole.System, MessageRole.Developer, MessageRole.User, MessageRole.Assistant, MessageRole.Tool];

    private readonly ChatApiOptions limits = options.Value;

    public (IReadOnlyList<Message> Messages, ProblemHttpResult? Problem) Read(IReadOnlyList<ChatCompletionMessage?>? given)
    {
        if (given is not { Count: > 0 })
        {
            return ([], ApiProblems.Invalid("messages", "a list of at least one message is needed."));
        }

        if (given.Count > limits.MaxMessages)
        {
            return ([], ApiProblems.Invalid("messages", $"at most {limits.MaxMessages} messages are taken."));
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

    private (Message? Message, ProblemHttpResult? Problem) ReadOne(ChatCompletionMessage? given, string field)
    {
        if (given?.Role is not { } role || !Roles.Contains(role, StringComparer.Ordinal))
        {
            return (null, ApiProblems.Invalid($"{field}.role", $"has to be one of {string.Join(", ", Roles)}."));
        }

        var calls = given.ToolCalls?.Count > 0 ? given.ToolCalls : null;
        if ((ValidateNames(given, field) ?? ValidateCalls(role, calls, field) ?? UnsupportedParameters.Validate(given.ExtensionData, $"{field}.", echo: "parsed")) is { } problem)
        {
            return (null, problem);
        }

        var (text, parts, wrong) = ContentMapper.Read(given.Content, role, mayBeEmpty: calls is not null, $"{field}.content");
        if (wrong is not null || text.Length > limits.MaxContentLength)
        {
            return (null, wrong ?? ApiProblems.Invalid($"{field}.content", $"at most {limits.MaxContentLength} characters are taken."));
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

    private static ProblemHttpResult? ValidateNames(ChatCompletionMessage given, string field) => given switch
    {
        { Name: { } name } when name.Length is 0 or > LongestName => ApiProblems.Invalid($"{field}.name", $"has 1 to {LongestName} characters."),
        { Role: MessageRole.Tool, ToolCallId: null or "" or { Length: > LongestId } } => ApiProblems.Invalid($"{field}.tool_call_id", "the id of the call that is answered is needed."),
        { Role: not MessageRole.Tool, ToolCallId: not null } => ApiProblems.Invalid($"{field}.tool_call_id", "belongs to a message of the role tool."),
        _ => null,
    };

    private ProblemHttpResult? ValidateCalls(string role, IReadOnlyList<ChatCompletionToolCall?>? calls, string field)
    {
        if (calls is null)
        {
            return null;
        }

        if (role != MessageRole.Assistant || calls.Count > MostCalls)
        {
            return ApiProblems.Invalid($"{field}.tool_calls", $"belongs to a message of the role assistant, and has at most {MostCalls} calls.");
        }

        var isWhole = calls.All(call => call is { Id: { Length: > 0 and <= LongestId }, Type: "function", Function: { Name.Length: > 0 and <= LongestName, Arguments: { } arguments } }
            && arguments.Length <= limits.MaxContentLength);
        return isWhole
            ? calls.Select((call, i) => ValidateFields(call!, $"{field}.tool_calls[{i}].")).FirstOrDefault(static problem => problem is not null)
            : ApiProblems.Invalid($"{field}.tool_calls", "each needs id, type function, and function with name and arguments.");
    }

    private static ProblemHttpResult? ValidateFields(ChatCompletionToolCall call, string prefix) =>
        UnsupportedParameters.Validate(call.ExtensionData, prefix) ?? UnsupportedParameters.Validate(call.Function!.ExtensionData, $"{prefix}function.", echo: "parsed_arguments");

    private static ToolCall Call(ChatCompletionToolCall? call) =>
        new() { Id = call!.Id, Type = call.Type, Function = new FunctionCall(call.Function!.Name, call.Function.Arguments!) };
}
