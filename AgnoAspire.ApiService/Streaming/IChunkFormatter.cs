using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>How one face writes one stream as events.</summary>
internal interface IChunkFormatter
{
    /// <summary>Where this face has the stream.</summary>
    string PathOf(string jobId);

    /// <summary>Writes what comes before the first chunk.</summary>
    void Begin(SseWriter events);

    /// <summary>Writes one chunk.</summary>
    void Chunk(SseWriter events, SequencedChunk chunk);

    /// <summary>Ends a stream whose data is gone.</summary>
    void StreamLost(SseWriter events);
}
