using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.Relay;

/// <summary>How one face writes one stream as events.</summary>
internal interface IEventFace
{
    /// <summary>Where this face has the stream.</summary>
    string PathOf(string jobId);

    /// <summary>Writes what comes before the first chunk.</summary>
    void Begin(EventWriter events);

    /// <summary>Writes one chunk.</summary>
    void Chunk(EventWriter events, LoggedChunk chunk);

    /// <summary>Ends a stream whose data is gone.</summary>
    void Lost(EventWriter events);
}
