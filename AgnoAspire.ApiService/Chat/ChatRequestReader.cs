using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Chat;

/// <summary>Reads and judges the body of a request; nothing that it lets through is too large, of the wrong type or unnamed.</summary>
internal sealed class ChatRequestReader(IOptions<ChatApiOptions> options)
{
    private const int LongestModelName = 256;
    private static readonly string[] Roles = [MessageRole.System, MessageRole.Developer, MessageRole.User, MessageRole.Assistant];

    private readonly ChatApiOptions limits = options.Value;

    /// <summary>Reads a body of some JSON type.</summary>
    /// <returns>The body, or the problem to answer with.</returns>
    public async Task<(T? Body, ProblemHttpResult? Problem)> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (!context.Request.HasJsonContentType())
        {
            return (null, ApiProblems.NotJsonContent());
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = limits.MaxBodyBytes;
        }

        try
        {
            var body = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return body is null ? (null, ApiProblems.NotJson("It is null.")) : (body, null);
        }
        catch (JsonException exception)
        {
            return (null, Explain(exception));
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, ApiProblems.TooLarge(limits.MaxBodyBytes));
        }
    }

    /// <summary>Judges a chat request.</summary>
    /// <returns>The problem with it, or <see langword="null"/> when it is good.</returns>
    public ProblemHttpResult? Validate(ChatRequest request)
    {
        if (request.Messages is not { Count: > 0 } messages)
        {
            return ApiProblems.Invalid("messages", "a list of at least one message is needed.");
        }

        if (messages.Count > limits.MaxMessages)
        {
            return ApiProblems.Invalid("messages", $"at most {limits.MaxMessages} messages are taken.");
        }

        for (var i = 0; i < messages.Count; i++)
        {
            if (ValidateMessage(messages[i], $"messages[{i}]") is { } problem)
            {
                return problem;
            }
        }

        return ValidateModel(request.Model) ?? ValidateParameters(request);
    }

    /// <summary>What a good request asks for.</summary>
    public static ChatCompletion Completion(ChatRequest request) => new()
    {
        Model = request.Model!,
        Messages = [.. request.Messages!.Select(message => new Message(message!.Role!, message.Content!))],
        MaxTokens = (int?)request.MaxTokens,
        Temperature = request.Temperature,
        Stop = request.Stop is { Count: > 0 } stop ? stop : null,
        Seed = request.Seed,
    };

    // The reader's own exception, inside, is a fault of syntax; anything else is JSON that is not this type.
    private static ProblemHttpResult Explain(JsonException exception) => exception switch
    {
        { InnerException: JsonException } => ApiProblems.NotJson($"It breaks off or goes wrong in line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}."),
        { Path: { Length: > 2 } path } => ApiProblems.Invalid(path[2..], "the field is unknown, repeated or of the wrong type."),
        _ => ApiProblems.Invalid("body", "an object is needed whose fields are known and not repeated."),
    };

    private static ProblemHttpResult? ValidateModel(string? model) =>
        string.IsNullOrWhiteSpace(model) || model.Length > LongestModelName
            ? ApiProblems.Invalid("model", $"the name of a model is needed, {LongestModelName} characters at most.")
            : null;

    private ProblemHttpResult? ValidateMessage(ChatRequestMessage? message, string field) => message switch
    {
        null => ApiProblems.Invalid(field, "a message is an object with role and content."),
        { Role: null } => ApiProblems.Invalid($"{field}.role", $"one of {string.Join(", ", Roles)} is needed."),
        { Role: var role } when !Roles.Contains(role, StringComparer.Ordinal) => ApiProblems.Invalid($"{field}.role", $"has to be one of {string.Join(", ", Roles)}."),
        { Content: null } => ApiProblems.Invalid($"{field}.content", "a text is needed."),
        { Content.Length: var length } when length > limits.MaxContentLength => ApiProblems.Invalid($"{field}.content", $"at most {limits.MaxContentLength} characters are taken."),
        _ => null,
    };

    private ProblemHttpResult? ValidateParameters(ChatRequest request) => request switch
    {
        { MaxTokens: < 1 } => ApiProblems.Invalid("max_tokens", "has to be at least 1."),
        { MaxTokens: var most } when most > limits.MaxTokens => ApiProblems.Invalid("max_tokens", $"has to be at most {limits.MaxTokens}."),
        { Temperature: not null and not (>= 0 and <= 2) } => ApiProblems.Invalid("temperature", "has to be from 0 to 2."),
        { Stop: { } stop } when stop.Count > limits.MaxStopSequences => ApiProblems.Invalid("stop", $"at most {limits.MaxStopSequences} texts are taken."),
        { Stop: { } stop } when stop.Any(text => text.Length == 0 || text.Length > limits.MaxStopSequenceLength) => ApiProblems.Invalid("stop", $"each text has 1 to {limits.MaxStopSequenceLength} characters."),
        { OnDisconnect: not (null or "cancel" or "continue") } => ApiProblems.Invalid("on_disconnect", "has to be cancel or continue."),
        _ => null,
    };
}
