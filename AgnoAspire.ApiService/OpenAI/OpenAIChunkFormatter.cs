namespace AgnoAspire.ApiService.OpenAI;

/// <summary>
/// The format of the OpenAI API: one event per chunk with the same id; the role before the first chunk; the finish reason, the usage if
/// requested, and <c>[DONE]</c> at the end. <c>[DONE]</c> has the id of the terminal chunk: a client that received it has received everything.
/// </summary>
internal sealed class OpenAIChunkFormatter(string jobId, string model, long created, long after, bool includeUsage) : IChunkFormatter
{
    // The convention of nginx for a request that the client closed; no SDK retries it.
    private const int ClientClosedRequest = 499;

    private readonly byte[] head = Head(jobId, model, created);
    private readonly byte[] textHead = [.. Head(jobId, model, created), .. ",\"choices\":[{\"index\":0,\"delta\":{\"content\":"u8];
    private readonly byte[] reasoningHead = [.. Head(jobId, model, created), .. ",\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":"u8];
    private readonly byte[] textTail = [.. "},\"logprobs\":null,\"finish_reason\":null}]"u8, .. includeUsage ? ",\"usage\":null}"u8 : "}"u8];

    public string Path => StreamId.OpenAIPath(jobId);

    // An SDK retries by the status, not by an event.
    public bool ReportsEarlyFailure => true;

    public void Begin(SseWriter events)
    {
        if (after == 0)
        {
            Choice(events, "{\"role\":\"assistant\",\"content\":\"\"}"u8, "null"u8);
        }
    }

    public void Chunk(SseWriter events, SequencedChunk chunk)
    {
        if (ChatChunk.TryReadText(chunk.Bytes.Span, out var text, out var isReasoning))
        {
            events.Id(chunk.Sequence);
            events.Data(isReasoning ? reasoningHead : textHead, text, textTail);
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

    public IResult Complete(AggregatedCompletion completion)
    {
        var (content, calls, terminal) = completion;
        var text = calls is null ? content ?? "" : content;
        if (terminal.FinishReason == FinishReason.Cancelled)
        {
            return TypedResults.Json(OpenAIErrorResponse.Cancelled, OpenAIJsonContext.Default.OpenAIErrorResponse, statusCode: ClientClosedRequest);
        }

        var message = new ChatCompletionResponseMessage(MessageRole.Assistant, text, completion.Reasoning, null, calls);
        var choice = new ChatCompletionChoice(0, message, null, terminal.FinishReason!);
        return TypedResults.Json(
            new ChatCompletionResponse(StreamId.OpenAI(jobId), "chat.completion", created, model, [choice], terminal.Usage),
            OpenAIJsonContext.Default.ChatCompletionResponse);
    }

    private static byte[] Head(string jobId, string model, long created) => JsonSerializer.SerializeToUtf8Bytes(
        new ChunkHead(StreamId.OpenAI(jobId), "chat.completion.chunk", created, model), OpenAIJsonContext.Default.ChunkHead)[..^1];

    private static byte[] Delta(ChatChunk chunk) =>
        [.. "{\"tool_calls\":"u8, .. JsonSerializer.SerializeToUtf8Bytes(chunk.ToolCalls ?? [], OpenAIJsonContext.Default.IReadOnlyListToolCall), .. "}"u8];

    private static void Error(SseWriter events, OpenAIErrorResponse error) =>
        events.Data(JsonSerializer.SerializeToUtf8Bytes(error, OpenAIJsonContext.Default.OpenAIErrorResponse));

    private void End(SseWriter events, long sequence, ChatChunk terminal)
    {
        if (terminal.FinishReason is FinishReason.Error or FinishReason.Cancelled)
        {
            events.Id(sequence);
            Error(events, terminal.Error is { } error ? OpenAIErrorResponse.Of(error) : OpenAIErrorResponse.Cancelled);
            return;
        }

        Choice(events, "{}"u8, JsonSerializer.SerializeToUtf8Bytes(terminal.FinishReason!, OpenAIJsonContext.Default.String));
        if (includeUsage && terminal.Usage is { } usage)
        {
            events.Data(head, ",\"choices\":[],\"usage\":"u8, [.. JsonSerializer.SerializeToUtf8Bytes(usage, OpenAIJsonContext.Default.Usage), (byte)'}']);
        }

        events.Id(sequence);
        events.Data("[DONE]"u8);
    }

    private void Choice(SseWriter events, ReadOnlySpan<byte> delta, ReadOnlySpan<byte> finishReason) => events.Data(
        head,
        [.. ",\"choices\":[{\"index\":0,\"delta\":"u8, .. delta, .. ",\"logprobs\":null,\"finish_reason\":"u8, .. finishReason, .. "}]"u8],
        includeUsage ? ",\"usage\":null}"u8 : "}"u8);
}
