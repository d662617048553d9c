namespace AgnoAspire.Tests.EndToEnd.Providers;

/// <summary>What a caller receives, from either API, streamed or not, in comparable form.</summary>
public sealed record ReceivedAnswer
{
    public string Text { get; init; } = "";

    public string Reasoning { get; init; } = "";

    public string Calls { get; init; } = "";

    public string Finish { get; init; } = "";

    public string Usage { get; init; } = "";

    public string Error { get; init; } = "";

    /// <summary>Reads a response: the events of a stream, or one object. Of an error message only the words looked for are kept, if it has them.</summary>
    public static ReceivedAnswer Read(string body, string? words)
    {
        var isStream = !body.StartsWith('{');
        var answer = new ReceivedAnswer();
        var calls = new SortedDictionary<long, string>();
        foreach (var data in isStream ? body.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => line[6..]) : [body])
        {
            answer = answer.With(JsonElement.Parse(data), calls, words);
        }

        return answer with { Calls = string.Join(' ', calls.Values) };
    }

    /// <summary>Usage as JSON with its fields in order; an estimate has no counts worth comparing.</summary>
    public static string Canonical(JsonElement usage) => usage.TryGetProperty("estimated", out var estimated) && estimated.GetBoolean()
        ? "estimated"
        : string.Join(',', usage.EnumerateObject().OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => $"{field.Name}:{field.Value.GetRawText()}"));

    private ReceivedAnswer With(JsonElement json, SortedDictionary<long, string> calls, string? words)
    {
        var error = Object(json, "error") ?? (json.TryGetProperty("code", out _) ? json : null);
        if (error is { } failure)
        {
            var message = String(failure, "message") + String(failure, "detail");
            return this with { Error = $"{String(failure, "code")}: {(words is not null && message.Contains(words, StringComparison.Ordinal) ? words : message)}" };
        }

        var choice = json.TryGetProperty("choices", out var choices) ? choices.EnumerateArray().FirstOrDefault() : json;
        var part = Object(choice, "delta") ?? (json.TryGetProperty("choices", out _) ? Object(choice, "message") : choice) ?? default;
        if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("tool_calls", out var deltas))
        {
            var position = 0;
            foreach (var delta in deltas.EnumerateArray())
            {
                Add(calls, delta, delta.TryGetProperty("index", out var index) ? index.GetInt64() : position++);
            }
        }

        var own = String(choice, "provider_finish_reason");
        return this with
        {
            Text = Text + String(part, "content"),
            Reasoning = Reasoning + String(part, "reasoning_content") + String(part, "reasoning"),
            Finish = Finish + String(choice, "finish_reason") + (own.Length > 0 ? $" ({own})" : ""),
            Usage = Object(json, "usage") is { } usage ? Canonical(usage) : Usage,
        };
    }

    private static void Add(SortedDictionary<long, string> calls, JsonElement delta, long index)
    {
        var function = delta.GetProperty("function");
        var extra = Object(delta, "extra_content") is { } other ? $"+{other.GetRawText()}" : "";
        var before = calls.TryGetValue(index, out var begun) ? begun : $"{String(function, "name")}()";
        Assert.True(begun is not null || String(delta, "id").Length > 0, "A call begins without an id.");
        var at = before.LastIndexOf(')');
        calls[index] = $"{before[..at]}{String(function, "arguments")}{before[at..]}{extra}";
    }

    private static JsonElement? Object(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string String(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
