using AgnoAspire.ApiService.Admission;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Validates and maps the messages of an OpenAI request.</summary>
internal sealed class MessageMapper(CompletionValidator validator)
{
    private const int MaxNameLength = 64;
    private const int MaxIdLength = 256;
    private const int MaxToolCalls = 128;
    private static readonly string[] ImageDetails = ["auto", "low", "high"];

    public Result<Message> Map(ChatCompletionMessage? message, string field)
    {
        if (CompletionValidator.ValidateRole(message?.Role, $"{field}.role", allowsTool: true) is { } unknownRole)
        {
            return unknownRole;
        }

        var calls = message!.ToolCalls?.Count > 0 ? message.ToolCalls : null;
        var problem = ValidateNames(message, field) ?? ValidateToolCalls(message.Role!, calls, field)
            ?? UnsupportedParameters.Validate(message.ExtensionData, $"{field}.", echo: "parsed");
        if (problem is not null)
        {
            return problem;
        }

        var content = MapContent(message.Content, message.Role!, allowsEmpty: calls is not null, $"{field}.content");
        if (!content.IsSuccess)
        {
            return content.Problem;
        }

        return validator.ValidateContent(content.Value.Text, $"{field}.content") is { } tooLong ? tooLong : new Message(message.Role!, content.Value.Text)
        {
            Parts = content.Value.Parts,
            Name = message.Name,
            ToolCalls = calls is null ? null : [.. calls.Select(MapToolCall)],
            ToolCallId = message.ToolCallId,
        };
    }

    private static ProblemHttpResult? ValidateNames(ChatCompletionMessage message, string field) => message switch
    {
        { Name: { } name } when name.Length is 0 or > MaxNameLength => ApiProblems.Invalid($"{field}.name", $"must have 1 to {MaxNameLength} characters."),
        { Role: MessageRole.Tool, ToolCallId: null or "" or { Length: > MaxIdLength } } =>
            ApiProblems.Invalid($"{field}.tool_call_id", "the id of the tool call is required."),
        { Role: not MessageRole.Tool, ToolCallId: not null } => ApiProblems.Invalid($"{field}.tool_call_id", "is allowed only in a message of the role tool."),
        _ => null,
    };

    private ProblemHttpResult? ValidateToolCalls(string role, IReadOnlyList<ChatCompletionToolCall?>? calls, string field)
    {
        if (calls is null)
        {
            return null;
        }

        if (role != MessageRole.Assistant || calls.Count > MaxToolCalls)
        {
            return ApiProblems.Invalid($"{field}.tool_calls", $"is allowed only in a message of the role assistant, with at most {MaxToolCalls} calls.");
        }

        for (var i = 0; i < calls.Count; i++)
        {
            if (calls[i] is not { Id.Length: > 0 and <= MaxIdLength, Type: "function", Function: { } function } call
                || function is not { Name.Length: > 0 and <= MaxNameLength, Arguments: { } arguments })
            {
                return ApiProblems.Invalid($"{field}.tool_calls", "each call requires id, type function, and function with name and arguments.");
            }

            var prefix = $"{field}.tool_calls[{i}].";
            var problem = validator.ValidateContent(arguments, $"{field}.tool_calls")
                ?? UnsupportedParameters.Validate(call.ExtensionData, prefix)
                ?? UnsupportedParameters.Validate(function.ExtensionData, $"{prefix}function.", echo: "parsed_arguments");
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private static ToolCall MapToolCall(ChatCompletionToolCall? call) =>
        new() { Id = call!.Id, Type = call.Type, Function = new FunctionCall(call.Function!.Name, call.Function.Arguments!) };

    private static Result<MessageContent> MapContent(JsonElement? content, string role, bool allowsEmpty, string field) => content switch
    {
        { ValueKind: JsonValueKind.String } text => new MessageContent(text.GetString()!, null),
        { ValueKind: JsonValueKind.Array } parts when parts.GetArrayLength() > 0 => MapParts(parts, role, field),
        null or { ValueKind: JsonValueKind.Null } when allowsEmpty => new MessageContent("", null),
        _ => ApiProblems.Invalid(field, "a text or an array of parts is required."),
    };

    private static Result<MessageContent> MapParts(JsonElement content, string role, string field)
    {
        var parts = new List<ContentPart>();
        foreach (var item in content.EnumerateArray())
        {
            var part = MapPart(item, role, $"{field}[{parts.Count}]");
            if (!part.IsSuccess)
            {
                return part.Problem;
            }

            parts.Add(part.Value);
        }

        return new MessageContent(string.Concat(parts.Select(part => part.Text)), parts);
    }

    private static Result<ContentPart> MapPart(JsonElement part, string role, string field) => part.Text("type") switch
    {
        ContentPart.TextType => MapText(part, field),
        ContentPart.ImageType when role == MessageRole.User => MapImage(part, field),
        _ => ApiProblems.UnsupportedParameter($"{field}.type", "only text parts are supported, and image_url parts in messages of the user."),
    };

    private static Result<ContentPart> MapText(JsonElement part, string field)
    {
        if (part.Text("text") is not { } text)
        {
            return ApiProblems.Invalid($"{field}.text", "a text is required.");
        }

        return ValidateFields(part, ["type", "text"], field) is { } problem ? problem : new ContentPart(ContentPart.TextType, text, null);
    }

    // Only URLs that any provider can fetch: an http URL could point into the provider's own network.
    private static Result<ContentPart> MapImage(JsonElement part, string field)
    {
        if (!part.TryGetProperty("image_url", out var image) || image.Text("url") is not { } url
            || !(url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase)))
        {
            return ApiProblems.Invalid($"{field}.image_url.url", "must be an https: or data:image/ URL.");
        }

        var detail = image.Text("detail");
        var problem = CompletionValidator.ValidateOneOf(detail, $"{field}.image_url.detail", ImageDetails)
            ?? ValidateFields(part, ["type", "image_url"], field)
            ?? ValidateFields(image, ["url", "detail"], $"{field}.image_url");
        return problem is null ? new ContentPart(ContentPart.ImageType, null, new ImageUrl(url, detail)) : problem;
    }

    private static ProblemHttpResult? ValidateFields(JsonElement item, string[] known, string field) => UnsupportedParameters.Validate(
        item.EnumerateObject().Where(property => !known.Contains(property.Name)).Select(property => KeyValuePair.Create(property.Name, property.Value)),
        $"{field}.");

    private sealed record MessageContent(string Text, IReadOnlyList<ContentPart>? Parts);
}
