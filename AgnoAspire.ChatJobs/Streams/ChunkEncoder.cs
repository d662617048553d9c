using System.Buffers;
using System.Text.Encodings.Web;

namespace AgnoAspire.ChatJobs.Streams;

/// <summary>Writes the chunks of one stream as JSON. Not for several threads at once.</summary>
internal sealed class ChunkEncoder(string model) : IDisposable
{
    // Letters outside ASCII stay themselves; JSON still escapes line ends, so a chunk is always one line of an event.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> buffer = new(512);
    private readonly Utf8JsonWriter writer = new(Stream.Null, WriterOptions);
    private readonly JsonEncodedText model = JsonEncodedText.Encode(model, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    public byte[] Text(ReadOnlySpan<char> content)
    {
        Begin(content, done: false);
        return End();
    }

    public byte[] Reasoning(ReadOnlySpan<char> reasoning)
    {
        Begin("", done: false);
        writer.WriteString("reasoning"u8, reasoning);
        return End();
    }

    public byte[] Calls(IEnumerable<ToolCall> calls)
    {
        Begin("", done: false);
        writer.WritePropertyName("tool_calls"u8);
        JsonSerializer.Serialize(writer, calls, ChatJobsJsonContext.Default.IEnumerableToolCall);
        return End();
    }

    public byte[] Terminal(
        string finishReason, Usage? usage, ChatError? error, string? continuation = null, string? providerFinishReason = null,
        IReadOnlyList<string>? droppedFields = null)
    {
        Begin("", done: true);
        writer.WriteString("finish_reason"u8, finishReason);
        if (providerFinishReason is not null)
        {
            writer.WriteString("provider_finish_reason"u8, providerFinishReason);
        }

        if (usage is not null)
        {
            writer.WritePropertyName("usage"u8);
            JsonSerializer.Serialize(writer, usage, ChatJobsJsonContext.Default.Usage);
        }

        if (error is not null)
        {
            writer.WritePropertyName("error"u8);
            JsonSerializer.Serialize(writer, error, ChatJobsJsonContext.Default.ChatError);
        }

        if (continuation is not null)
        {
            writer.WriteString("continuation"u8, continuation);
        }

        if (droppedFields is { Count: > 0 })
        {
            writer.WritePropertyName("dropped_fields"u8);
            JsonSerializer.Serialize(writer, droppedFields, ChatJobsJsonContext.Default.IReadOnlyListString);
        }

        return End();
    }

    public void Dispose() => writer.Dispose();

    private void Begin(ReadOnlySpan<char> content, bool done)
    {
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        writer.WriteStartObject();
        writer.WriteString("content"u8, content);
        writer.WriteBoolean("done"u8, done);
        writer.WriteString("model"u8, model);
    }

    private byte[] End()
    {
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
