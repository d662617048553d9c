using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.Worker.Catalog;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>
/// Writes the JSON body of a chat completions request: the caller's, in which what belongs to us is rewritten and everything else keeps its bytes.
/// </summary>
internal sealed class OpenAIRequest(string upstreamModel, Dialect dialect, ProviderOptions provider)
{
    public const string StreamOptions = "stream_options";

    private const string ContinueFinalMessage = "continue_final_message";
    private const string AddGenerationPrompt = "add_generation_prompt";

    // The bytes of the caller were validated when the job was made.
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string maxTokensName = dialect == Dialect.OpenAI ? "max_completion_tokens" : "max_tokens";
    private readonly PrefixFormat prefixFormat =
        provider.PrefixFormat ?? (dialect == Dialect.OpenAI ? PrefixFormat.Plain : PrefixFormat.ContinueFinalMessage);

    private readonly Dictionary<string, byte[]> replaced = provider.Fields.ToDictionary(field => field.Key, field => ToJson(field.Value));

    /// <summary>Writes the request. A prefix is sent as the last assistant message, for the model to continue.</summary>
    public BinaryData Write(ChatCompletion completion, string? prefix, bool asksForUsage)
    {
        var body = new ArrayBufferWriter<byte>(completion.Json.Length + 256);
        using var json = new Utf8JsonWriter(body, Options);
        json.WriteStartObject();
        json.WriteString("model", upstreamModel);
        json.WriteBoolean("stream", true);
        if (asksForUsage)
        {
            json.WriteStartObject(StreamOptions);
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
        }

        foreach (var (name, value) in replaced.Where(field => field.Value.Length > 0))
        {
            WriteRaw(json, name, value);
        }

        if (MaxTokens(completion) is { } tokens && !replaced.ContainsKey(maxTokensName))
        {
            WriteLimit(json, maxTokensName, tokens, prefix);
        }

        if (prefix is not null && prefixFormat == PrefixFormat.ContinueFinalMessage)
        {
            WriteUnlessReplaced(json, ContinueFinalMessage, true);
            WriteUnlessReplaced(json, AddGenerationPrompt, false);
        }

        foreach (var field in completion.Body.EnumerateObject())
        {
            if (field.NameEquals("messages"))
            {
                WriteMessages(json, field.Value, prefix);
            }
            else if (prefix is not null && field.Name is (ContinueFinalMessage or AddGenerationPrompt))
            {
                // Written above where they apply.
            }
            else if (field.Name is not ("model" or "stream" or StreamOptions or "max_tokens" or "max_completion_tokens") && !replaced.ContainsKey(field.Name))
            {
                WriteRaw(json, field.Name, JsonMarshal.GetRawUtf8Value(field.Value));
            }
        }

        json.WriteEndObject();
        json.Flush();
        return BinaryData.FromBytes(body.WrittenMemory);
    }

    /// <summary>Returns the caller's fields that a request leaves out or replaces, and <c>stream_options</c> where it does not ask for the usage.</summary>
    public IReadOnlyList<string> Dropped(ChatCompletion completion, bool asksForUsage) =>
    [
        .. replaced.Keys.Where(name => name == maxTokensName ? MaxTokens(completion) is not null : completion.Body.TryGetProperty(name, out _)),
        .. asksForUsage ? (ReadOnlySpan<string>)[] : [StreamOptions],
    ];

    private static JsonElement? MaxTokens(ChatCompletion completion) =>
        completion.Body.Property("max_completion_tokens") ?? completion.Body.Property("max_tokens");

    private void WriteUnlessReplaced(Utf8JsonWriter json, string name, bool value)
    {
        if (!replaced.ContainsKey(name))
        {
            json.WriteBoolean(name, value);
        }
    }

    private void WriteMessages(Utf8JsonWriter json, JsonElement messages, string? prefix)
    {
        json.WriteStartArray("messages");
        foreach (var message in messages.EnumerateArray())
        {
            if (dialect == Dialect.Compatible && message.Text("role") == MessageRole.Developer)
            {
                WriteAsSystem(json, message);
            }
            else
            {
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(message), skipInputValidation: true);
            }
        }

        if (prefix is not null)
        {
            json.WriteStartObject();
            json.WriteString("role", MessageRole.Assistant);
            json.WriteString("content", prefix);
            if (prefixFormat == PrefixFormat.MessagePrefix)
            {
                json.WriteBoolean("prefix", true);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // What was generated before counts: the answer as a whole is limited.
    private static void WriteLimit(Utf8JsonWriter json, string name, JsonElement tokens, string? prefix)
    {
        if (prefix is not null && tokens.ValueKind == JsonValueKind.Number && tokens.TryGetInt64(out var limit))
        {
            json.WriteNumber(name, Math.Max(1, limit - TokenEstimate.OfText(prefix.Length)));
        }
        else
        {
            WriteRaw(json, name, JsonMarshal.GetRawUtf8Value(tokens));
        }
    }

    private static void WriteAsSystem(Utf8JsonWriter json, JsonElement message)
    {
        json.WriteStartObject();
        foreach (var field in message.EnumerateObject())
        {
            WriteRaw(json, field.Name, field.NameEquals("role") ? "\"system\""u8 : JsonMarshal.GetRawUtf8Value(field.Value));
        }

        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, ReadOnlySpan<byte> value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }

    private static byte[] ToJson(string value)
    {
        try
        {
            // The configuration spells JSON's true as True.
            return bool.TryParse(value, out var flag) ? (flag ? "true"u8.ToArray() : "false"u8.ToArray())
                : value.Length == 0 ? []
                : JsonSerializer.SerializeToUtf8Bytes(JsonElement.Parse(value));
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToUtf8Bytes(value);
        }
    }
}
