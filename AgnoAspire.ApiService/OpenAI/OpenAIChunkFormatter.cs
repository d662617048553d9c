using System.Text.Json;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ApiService.OpenAI;

/// <summary>
/// Writes a stream's chunks as OpenAI's: one event a chunk under the same id, before the first the role, at the end the finish reason, the
/// usage if it was asked for, and <c>[DONE]</c>, which has the id of the terminal chunk: who saw it saw all.
/// </summary>
internal sealed class OpenAIChunkFormatter(string jobId, string model, long created, long after, bool withUsage) : IChunkFormatter
{
    private readonly byte[] head = Head(jobId, model, created);
    private readonly byte[] textHead = [.. Head(jobId, model, created), .. ",\"choices\":[{\"index\":0,\"delta\":{\"content\":"u8];
    private readonly byte[] textTail = [.. "},\"logprobs\":null,\"finish_reason\":null}]"u8, .. withUsage ? ",\"usage\":null}"u8 : "}"u8];

    public string PathOf(string jobId) => OpenAIEndpoints.PathOf(jobId);

    public void Begin(SseWriter events)
    {
        if (after == 0)
        {
            Choice(events, "{\"role\":\"assistant\",\"content\":\"\"}"u8, "null"u8);
        }
    }

    public void Chunk(SseWriter events, SequencedChunk chunk)
    {
        if (TryReadText(chunk.Bytes.Span, out var text))
        {
            events.Id(chunk.Sequence);
            events.Data(textHead, text, textTail);
            return;
        }

        var parsed = ChatChunk.Parse(chunk.Bytes.Span);
        if (parsed.Done)
        {
            End(events, chunk.Sequence, parsed);
        }
        else
        {
            events.Id(chunk.Sequence);
            Choice(events, Delta(parsed), "null"u8);
        }
    }

    public void StreamLost(SseWriter events) => Error(events, OpenAIErrorResponse.Of(StreamLoss.Error));

    private static byte[] Head(string jobId, string model, long created) =>
        JsonSerializer.SerializeToUtf8Bytes(new ChunkHead(StreamId.OpenAI(jobId), "chat.completion.chunk", created, model), ChunkHeadJsonContext.Default.ChunkHead)[..^1];

    // The text as the log has it, escaped and in quotes, when the chunk holds nothing but text; nothing is decoded or written again.
    private static bool TryReadText(ReadOnlySpan<byte> chunk, out ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(chunk);
        reader.Read();
        reader.Read();
        reader.Read();
        text = chunk[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
        reader.Read();
        reader.Read();
        if (reader.TokenType != JsonTokenType.False)
        {
            return false;
        }

        reader.Read();
        reader.Read();
        reader.Read();
        return reader.TokenType == JsonTokenType.EndObject;
    }

    private static byte[] Delta(ChatChunk chunk) =>
        [.. "{\"tool_calls\":"u8, .. JsonSerializer.SerializeToUtf8Bytes(chunk.ToolCalls ?? [], OpenAIJsonContext.Default.IReadOnlyListToolCall), .. "}"u8];

    private static void Error(SseWriter events, OpenAIErrorResponse error) => events.Data(JsonSerializer.SerializeToUtf8Bytes(error, OpenAIJsonContext.Default.OpenAIErrorResponse));

    private void End(SseWriter events, long sequence, ChatChunk terminal)
    {
        if (terminal.FinishReason is FinishReason.Error or FinishReason.Cancelled)
        {
            events.Id(sequence);
            Error(events, terminal.Error is { } error ? OpenAIErrorResponse.Of(error) : OpenAIErrorResponse.Cancelled);
            return;
        }

        Choice(events, "{}"u8, JsonSerializer.SerializeToUtf8Bytes(terminal.FinishReason));
        if (withUsage && terminal.Usage is { } usage)
        {
            events.Data(head, ",\"choices\":[],\"usage\":"u8, [.. JsonSerializer.SerializeToUtf8Bytes(usage), (byte)'}']);
        }

        events.Id(sequence);
        events.Data("[DONE]"u8);
    }

    private void Choice(SseWriter events, ReadOnlySpan<byte> delta, ReadOnlySpan<byte> finishReason) => events.Data(
        head,
        [.. ",\"choices\":[{\"index\":0,\"delta\":"u8, .. delta, .. ",\"logprobs\":null,\"finish_reason\":"u8, .. finishReason, .. "}]"u8],
        withUsage ? ",\"usage\":null}"u8 : "}"u8);
}
