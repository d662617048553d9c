using System.Text.Json;
using System.Text.RegularExpressions;
using AgnoAspire.ApiService.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Judges the parts of a request that go to the provider as they are: tools, the choice among them, the form of the answer.</summary>
internal static partial class ToolValidator
{
    private const int MostTools = 128;

    public static ProblemHttpResult? Validate(ChatCompletionRequest request) =>
        ValidateTools(request.Tools) ?? ValidateChoice(request) ?? ValidateFormat(request.ResponseFormat);

    /// <summary>A field that says something; null and an empty list say nothing.</summary>
    public static JsonElement? Given(JsonElement? element) => element switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() == 0 => null,
        _ => element,
    };

    private static ProblemHttpResult? ValidateTools(JsonElement? tools)
    {
        if (Given(tools) is not { } given)
        {
            return null;
        }

        if (given.ValueKind != JsonValueKind.Array || given.GetArrayLength() > MostTools)
        {
            return ApiProblems.Invalid("tools", $"a list of at most {MostTools} tools is needed.");
        }

        var i = 0;
        foreach (var tool in given.EnumerateArray())
        {
            if (Type(tool) != "function")
            {
                return ApiProblems.UnsupportedParameter($"tools[{i}].type", "only functions are taken.");
            }

            if (!tool.TryGetProperty("function", out var function) || Text(function, "name") is not { } name || !NameForm.IsMatch(name))
            {
                return ApiProblems.Invalid($"tools[{i}].function.name", "1 to 64 letters, digits, - or _ are needed.");
            }

            i++;
        }

        return null;
    }

    private static ProblemHttpResult? ValidateChoice(ChatCompletionRequest request)
    {
        if (Given(request.Tools) is null)
        {
            return Given(request.ToolChoice) is not null and not { ValueKind: JsonValueKind.String } ? ApiProblems.Invalid("tool_choice", "needs tools.")
                : request.ToolChoice is { ValueKind: JsonValueKind.String } text && text.GetString() is not ("none" or "auto") ? ApiProblems.Invalid("tool_choice", "needs tools.")
                : null;
        }

        return Given(request.ToolChoice) switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } text when text.GetString() is "none" or "auto" or "required" => null,
            { ValueKind: JsonValueKind.Object } choice when Type(choice) == "function" && choice.TryGetProperty("function", out var function) && Text(function, "name") is not null => null,
            _ => ApiProblems.Invalid("tool_choice", "has to be none, auto, required, or a function by its name."),
        };
    }

    private static ProblemHttpResult? ValidateFormat(JsonElement? format) => Given(format) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } form when Type(form) is "text" or "json_object" => null,
        { ValueKind: JsonValueKind.Object } form when Type(form) == "json_schema" && form.TryGetProperty("json_schema", out var schema) && Text(schema, "name") is not null => null,
        _ => ApiProblems.Invalid("response_format", "has to be of the type text, json_object, or json_schema with json_schema.name."),
    };

    private static string? Type(JsonElement item) => Text(item, "type");

    private static string? Text(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex NameForm { get; }
}
