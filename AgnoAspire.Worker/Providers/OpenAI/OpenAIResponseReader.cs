using System.Text.Json;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.Extensions.AI;

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

        if (data.IsEmpty || data.SequenceEqual("null"u8))
        {
            return null;
        }

        if (data.SequenceEqual("[DONE]"u8))
        {
            return Done;
        }

        try
        {
            var json = new Utf8JsonReader(data);
            using var document = JsonDocument.ParseValue(ref json);
            return ReadEvent(document.RootElement);
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
        var delta = Property(choice, "delta");
        var calls = Property(delta, "tool_calls")?.EnumerateArray().Select(ReadCall).ToArray();
        var text = Text(delta, "content") + Text(delta, "refusal");
        var reason = Text(choice, "finish_reason");
        var usage = ReadUsage(Property(root, "usage"));
        if (hasBegun && calls is null && text.Length == 0 && reason is null && usage is null)
        {
            return Nothing;
        }

        var update = new ChatResponseUpdate { RawRepresentation = calls };
        if (text.Length > 0)
        {
            update.Contents = [new TextContent(text)];
        }

        if (usage is not null)
        {
            update.Contents.Add(new UsageContent(usage));
        }

        if (reason is not null)
        {
            update.FinishReason = reason == "function_call" ? ChatFinishReason.ToolCalls : new ChatFinishReason(reason);
        }

        if (!hasBegun)
        {
            (hasBegun, update.Role, update.ResponseId, update.ModelId) = (true, ChatRole.Assistant, Text(root, "id"), Text(root, "model"));
        }

        return update;
    }

    private static JsonElement? FirstChoice(JsonElement root)
    {
        if (Property(root, "choices") is { } choices)
        {
            foreach (var choice in choices.EnumerateArray())
            {
                if (Number(choice, "index") is null or 0)
                {
                    return choice;
                }
            }
        }

        return null;
    }

    private static ToolCall ReadCall(JsonElement call)
    {
        var (id, function) = (Text(call, "id"), Property(call, "function"));
        return new ToolCall
        {
            Index = (int)(Number(call, "index") ?? 0),
            Id = id,
            Type = id is null ? null : "function",
            Function = new FunctionCall(Text(function, "name"), Text(function, "arguments") ?? ""),
        };
    }

    private static UsageDetails? ReadUsage(JsonElement? usage)
    {
        var input = Number(usage, "prompt_tokens") ?? Number(usage, "input_tokens");
        var output = Number(usage, "completion_tokens") ?? Number(usage, "output_tokens");
        return input is null && output is null ? null : new UsageDetails
        {
            InputTokenCount = input,
            OutputTokenCount = output,
            TotalTokenCount = Number(usage, "total_tokens"),
            CachedInputTokenCount = Number(Property(usage, "prompt_tokens_details"), "cached_tokens"),
            ReasoningTokenCount = Number(Property(usage, "completion_tokens_details"), "reasoning_tokens"),
        };
    }

    private static JsonElement? Property(JsonElement? json, string name) =>
        json is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value && value.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;

    private static long? Number(JsonElement? json, string name) =>
        Property(json, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    // A string, or the text of an array of parts; never empty.
    private static string? Text(JsonElement? json, string name)
    {
        var text = Property(json, name) switch
        {
            { ValueKind: JsonValueKind.String } value => value.GetString(),
            { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(part => Text(part, "text"))),
            _ => null,
        };
        return string.IsNullOrEmpty(text) ? null : text;
    }
}
