namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>
/// Reads the events of one answer: text, tool call deltas (in <see cref="ChatResponseUpdate.RawRepresentation"/>), finish reason and usage.
/// Telemetry keeps every update until the answer ends, so each one holds only what is new.
/// </summary>
internal sealed class OpenAIResponseReader(ProviderErrorMapper errors)
{
    /// <summary>Stands for the event that ends the stream.</summary>
    public static readonly ChatResponseUpdate Done = new();

    // Stands for all events without content: keep-alives, and reasoning that is not passed on.
    private static readonly ChatResponseUpdate Nothing = new();

    private bool hasBegun;

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

    private ChatResponseUpdate ReadEvent(JsonElement root)
    {
        if (ProviderError.Find(root) is { } error)
        {
            throw errors.Error(error);
        }

        var choice = FirstChoice(root);
        var delta = choice?.Property("delta");
        var calls = delta?.Property("tool_calls")?.EnumerateArray().Select(ReadCall).ToArray();
        var text = delta?.Text("content") + delta?.Text("refusal");
        var reason = choice?.Text("finish_reason");
        var usage = root.Property("usage") is { } reported ? ReadUsage(reported) : null;
        if (hasBegun && calls is null && text.Length == 0 && reason is null && usage is null)
        {
            return Nothing;
        }

        List<AIContent> contents = text.Length > 0 ? [new TextContent(text)] : [];
        if (usage is not null)
        {
            contents.Add(new UsageContent(usage));
        }

        var update = new ChatResponseUpdate { Contents = contents, RawRepresentation = calls };
        update.FinishReason = reason is null ? null : reason == "function_call" ? ChatFinishReason.ToolCalls : new ChatFinishReason(reason);
        if (!hasBegun)
        {
            (hasBegun, update.Role, update.ResponseId, update.ModelId) = (true, ChatRole.Assistant, root.Text("id"), root.Text("model"));
        }

        return update;
    }

    // Other choices than the first are not asked for.
    private static JsonElement? FirstChoice(JsonElement root)
    {
        foreach (var choice in root.Property("choices")?.EnumerateArray() ?? default)
        {
            if (choice.Number("index") is null or 0)
            {
                return choice;
            }
        }

        return null;
    }

    private static ToolCall ReadCall(JsonElement call)
    {
        var (id, function) = (call.Text("id"), call.Property("function"));
        return new ToolCall
        {
            Index = (int)(call.Number("index") ?? 0),
            Id = id,
            Type = id is null ? null : "function",
            Function = new FunctionCall(function?.Text("name"), function?.Text("arguments") ?? ""),
        };
    }

    private static UsageDetails? ReadUsage(JsonElement usage)
    {
        var input = usage.Number("prompt_tokens") ?? usage.Number("input_tokens");
        var output = usage.Number("completion_tokens") ?? usage.Number("output_tokens");
        return input is null && output is null ? null : new UsageDetails
        {
            InputTokenCount = input,
            OutputTokenCount = output,
            TotalTokenCount = usage.Number("total_tokens"),
            CachedInputTokenCount = usage.Property("prompt_tokens_details")?.Number("cached_tokens"),
            ReasoningTokenCount = usage.Property("completion_tokens_details")?.Number("reasoning_tokens"),
        };
    }
}
