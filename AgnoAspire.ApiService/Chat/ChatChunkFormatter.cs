namespace AgnoAspire.ApiService.Chat;

/// <summary>The format of the chat API: chunks are written as they are in the log.</summary>
internal sealed class ChatChunkFormatter(string jobId, string model, QueuePositionReporter? position = null) : IChunkFormatter
{
    public string Path => StreamId.ChatPath(jobId);

    public bool ReportsProgress => position is not null;

    public void Begin(SseWriter events)
    {
    }

    public void Chunk(SseWriter events, SequencedChunk chunk) => events.Chunk(chunk);

    public void StreamLost(SseWriter events) => events.Data(JsonSerializer.SerializeToUtf8Bytes(StreamLoss.Chunk(model), ChatJsonContext.Default.ChatChunk));

    public ValueTask<bool> WriteProgressAsync(SseWriter events) => position?.WriteIfChangedAsync(events) ?? ValueTask.FromResult(false);

    public IResult Complete(AggregatedCompletion completion)
    {
        var content = completion.Content ?? "";
        var terminal = completion.Terminal;
        return TypedResults.Json(
            new ChatResult(
                jobId, model, new Message(MessageRole.Assistant, content), content, completion.Reasoning,
                terminal.FinishReason!, terminal.ProviderFinishReason, terminal.Usage, true),
            ChatJsonContext.Default.ChatResult);
    }
}
