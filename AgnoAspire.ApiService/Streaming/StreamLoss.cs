using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>How a stream ends whose data is gone from Redis: typed, as every other failure.</summary>
internal static class StreamLoss
{
    public static ChatError Error { get; } = new(ErrorCode.StreamLost, "The stream's data is gone from Redis; the text so far is all there is. Ask again.");

    public static ChatChunk Chunk(string model) => new() { Content = "", Done = true, Model = model, FinishReason = FinishReason.Error, Error = Error };
}
