namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>
/// Reads the events of one answer: text, reasoning, tool call deltas (in <see cref="ChatResponseUpdate.RawRepresentation"/>), finish reason and usage.
/// Telemetry keeps every update until the answer ends, so each one holds only what is new.
/// </summary>
internal sealed class OpenAIResponseReader(ProviderErrorMapper errors)
{
    /// <summary>Stands for the event that ends the stream.</summary>
    public static readonly ChatResponseUpdate Done = new();

    // Stands for all events without content, such as keep-alives.
    private static readonly ChatResponseUpdate Nothing = new();

    private readonly ToolCallAccumulator accumulator = new();
    private bool hasBegun;
    private bool isFinished;

    /// <summary>Reads one event; null if it has no data. After the stream has ended, an event may be incomplete.</summary>
    public ChatResponseUpdate? Read(string type, ReadOnlySpan<byte> data, bool hasEnded)
    {
        data = data.Trim(" \r\n"u8);
        if (type == "error")
        {
            throw errors.MapEvent(data);
        }

        if (data.IsEmpty || data.SequenceEqual("null"u8) || data.SequenceEqual("[DONE]"u8))
        {
            return data.StartsWith("["u8) ? Done : null;
        }

        try
        {
            var json = new Utf8JsonReader(data);
            using var document = JsonDocument.ParseValue(ref json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? ReadEvent(document.RootElement) : throw new JsonException();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, JSON of another shape, or half of a surrogate pair. The exception may quote the answer.
            throw hasEnded ? errors.Closed() : errors.Malformed("an event that is not part of a chat completion stream");
        }
    }

    /// <summary>Reads a body that is not an event stream: a whole answer of a server that does not stream, or an error.</summary>
    public ChatResponseUpdate ReadWhole(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref json);
            if (FirstChoice(document.RootElement) is not null)
            {
                return ReadEvent(document.RootElement);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not an answer.
        }

        throw errors.MapBody(body);
    }

    private ChatResponseUpdate ReadEvent(JsonElement root)
    {
        if (hasBegun && TryReadText(root) is { } only)
        {
            return new ChatResponseUpdate { Contents = [new TextContent(only)] };
        }

        var choice = FirstChoice(root);
        if (!isFinished && (ProviderError.Find(root) ?? (choice is { } failed ? ProviderError.Find(failed) : null)) is { } error)
        {
            throw errors.Error(error);
        }

        // Some servers answer with a whole message.
        var delta = choice?.Property("delta") ?? choice?.Property("message");
        var reason = choice?.Text("finish_reason");
        if (reason is not null && !isFinished && ProviderFinishReason.Map(reason) == FinishReason.Error)
        {
            throw errors.Error(new ProviderError($"it ended the answer with '{reason}'.", null));
        }

        isFinished |= reason is not null;
        var calls = delta is { } some ? ReadCalls(some, isFinished) : [];
        var text = delta?.Text("content") + delta?.Text("refusal");
        var reasoning = delta is { } message ? ReadReasoning(message) : null;
        var usage = (root.Property("usage") ?? root.Property("x_groq")?.Property("usage") ?? choice?.Property("usage")) is { } reported ? ReadUsage(reported) : null;
        if (hasBegun && calls.Length == 0 && text.Length == 0 && reasoning is null && reason is null && usage is null)
        {
            return Nothing;
        }

        List<AIContent> contents = reasoning is null ? [] : [new TextReasoningContent(reasoning)];
        if (text.Length > 0)
        {
            contents.Add(new TextContent(text));
        }

        if (usage is not null)
        {
            contents.Add(new UsageContent(ToDetails(usage)) { RawRepresentation = usage });
        }

        var update = new ChatResponseUpdate { Contents = contents, RawRepresentation = calls.Length == 0 ? null : calls };
        update.FinishReason = reason is null ? null : new ChatFinishReason(reason);
        if (!hasBegun)
        {
            (hasBegun, update.Role, update.ResponseId, update.ModelId) = (true, ChatRole.Assistant, root.Text("id"), root.Text("model"));
        }

        return update;
    }

    // Nearly every event is a piece of text and nothing else, which one pass over its fields shows; the reader of all others looks for some twenty.
    private static string? TryReadText(JsonElement root)
    {
        JsonElement choices = default, delta = default, content = default;
        foreach (var field in root.EnumerateObject())
        {
            if (field.NameEquals("choices"u8))
            {
                choices = field.Value;
            }
            else if (field.Value.ValueKind != JsonValueKind.Null && !(field.NameEquals("id"u8) || field.NameEquals("object"u8)
                || field.NameEquals("created"u8) || field.NameEquals("model"u8) || field.NameEquals("system_fingerprint"u8)))
            {
                return null;
            }
        }

        if (choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() != 1 || choices[0].ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var field in choices[0].EnumerateObject())
        {
            if (field.NameEquals("delta"u8))
            {
                delta = field.Value;
            }
            else if (field.Value.ValueKind != JsonValueKind.Null
                && !(field.NameEquals("index"u8) && field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt32(out var index) && index == 0))
            {
                return null;
            }
        }

        foreach (var field in delta.ValueKind == JsonValueKind.Object ? delta.EnumerateObject() : default)
        {
            if (field.NameEquals("content"u8))
            {
                content = field.Value;
            }
            else if (field.Value.ValueKind != JsonValueKind.Null && !field.NameEquals("role"u8))
            {
                return null;
            }
        }

        return content.ValueKind == JsonValueKind.String && content.GetString() is { Length: > 0 } text ? text : null;
    }

    // Other choices than the first are not asked for.
    private static JsonElement? FirstChoice(JsonElement root)
    {
        foreach (var choice in Items(root, "choices"))
        {
            if (choice.Number("index") is null or 0)
            {
                return choice;
            }
        }

        return null;
    }

    private ToolCall[] ReadCalls(JsonElement delta, bool isLast)
    {
        // Old servers send one call without the array around it, or in the field that was before tools.
        JsonElement? calls = delta.Property("tool_calls"), single = delta.Property("function_call");
        if (calls is null && single is null && !(isLast && accumulator.HasCalls))
        {
            return [];
        }

        var read = Items(delta, "tool_calls").Concat(new[] { calls, single }.OfType<JsonElement>())
            .Where(call => call.ValueKind == JsonValueKind.Object).SelectMany(accumulator.Add).ToList();

        if (isLast)
        {
            read.AddRange(accumulator.Flush());
        }

        return [.. read];
    }

    // Servers that send several of these fields send the same text in each.
    private static string? ReadReasoning(JsonElement delta) =>
        delta.Text("reasoning_content") ?? delta.Text("reasoning")
        ?? Join(Items(delta, "reasoning_details").Select(part => part.Text("text") ?? part.Text("summary")))
        ?? Join(Items(delta, "content").Select(part => part.Text("thinking") ?? part.Text("reasoning")));

    private static string? Join(IEnumerable<string?> parts) => string.Concat(parts) is { Length: > 0 } text ? text : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement json, string name) =>
        json.Property(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : default;

    // A usage without counts is none, so that it does not replace an earlier one.
    private static Usage? ReadUsage(JsonElement json)
    {
        var input = json.Number("prompt_tokens") ?? json.Number("input_tokens");
        var output = json.Number("completion_tokens") ?? json.Number("output_tokens");
        if (input is null or 0 && output is null or 0)
        {
            return null;
        }

        var usage = new Usage(input ?? 0, output ?? 0, json.Number("total_tokens") ?? ((input ?? 0) + (output ?? 0)));
        foreach (var field in json.EnumerateObject())
        {
            if (field.Name is not ("prompt_tokens" or "completion_tokens" or "total_tokens") && field.Value.ValueKind != JsonValueKind.Null)
            {
                (usage.Details ??= [])[field.Name] = field.Value.Clone();
            }
        }

        return usage;
    }

    private static UsageDetails ToDetails(Usage usage) => new()
    {
        InputTokenCount = usage.PromptTokens,
        OutputTokenCount = usage.CompletionTokens,
        TotalTokenCount = usage.TotalTokens,
        CachedInputTokenCount = usage.Details?.GetValueOrDefault("prompt_tokens_details").Number("cached_tokens"),
        ReasoningTokenCount = usage.Details?.GetValueOrDefault("completion_tokens_details").Number("reasoning_tokens"),
    };
}
