using System.Text.RegularExpressions;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>Validates the parameters that are passed to the provider unchanged: tools, tool choice and response format.</summary>
internal static partial class ToolValidator
{
    private const int MaxTools = 128;

    public static ProblemHttpResult? Validate(ChatCompletionRequest request) =>
        ValidateTools(request.Tools) ?? ValidateChoice(request) ?? ValidateFormat(request.ResponseFormat);

    private static ProblemHttpResult? ValidateTools(JsonElement? element)
    {
        if (element.NullIfEmpty() is not { } tools)
        {
            return null;
        }

        if (tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() > MaxTools)
        {
            return ApiProblems.Invalid("tools", $"must be an array of at most {MaxTools} tools.");
        }

        var i = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.Text("type") != "function")
            {
                return ApiProblems.UnsupportedParameter($"tools[{i}].type", "only functions are supported.");
            }

            if (!tool.TryGetProperty("function", out var function) || function.Text("name") is not { } name || !NameFormat.IsMatch(name))
            {
                return ApiProblems.Invalid($"tools[{i}].function.name", "must be 1 to 64 letters, digits, - or _.");
            }

            i++;
        }

        return null;
    }

    private static ProblemHttpResult? ValidateChoice(ChatCompletionRequest request)
    {
        var choice = request.ToolChoice.NullIfEmpty();
        var name = choice is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        if (request.Tools.NullIfEmpty() is null)
        {
            return choice is null || name is "none" or "auto" ? null : ApiProblems.Invalid("tool_choice", "requires tools.");
        }

        return choice is null || name is "none" or "auto" or "required" || IsFunction(choice.Value)
            ? null
            : ApiProblems.Invalid("tool_choice", "must be none, auto, required, or a function by its name.");
    }

    private static bool IsFunction(JsonElement choice) =>
        choice.Text("type") == "function" && choice.TryGetProperty("function", out var function) && function.Text("name") is not null;

    private static ProblemHttpResult? ValidateFormat(JsonElement? format) => format.NullIfEmpty() switch
    {
        null => null,
        { } form when form.Text("type") is "text" or "json_object" => null,
        { } form when form.Text("type") == "json_schema" && form.TryGetProperty("json_schema", out var schema) && schema.Text("name") is not null => null,
        _ => ApiProblems.Invalid("response_format", "must have the type text, json_object, or json_schema with json_schema.name."),
    };

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex NameFormat { get; }
}

/// <summary>Reads JSON elements of unknown shape.</summary>
internal static class JsonElementExtensions
{
    /// <summary>Returns a string property of an object; <see langword="null"/> for anything else.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>Treats JSON null and an empty array as absent.</summary>
    public static JsonElement? NullIfEmpty(this JsonElement? element) => element switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() == 0 => null,
        _ => element,
    };
}
