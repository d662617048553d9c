namespace AgnoAspire.ApiService.Streaming;

/// <summary>Writes one stream in the format of one API.</summary>
internal interface IChunkFormatter
{
    /// <summary>Gets the path of the chat in the API.</summary>
    string Path { get; }

    /// <summary>Writes what precedes the first chunk.</summary>
    void Begin(SseWriter events);

    /// <summary>Writes one chunk.</summary>
    void Chunk(SseWriter events, SequencedChunk chunk);

    /// <summary>Ends a stream whose data is lost.</summary>
    void StreamLost(SseWriter events);

    /// <summary>Writes progress while the job waits; only called before the first chunk, if <see cref="ReportsProgress"/>.</summary>
    /// <returns>Whether anything was written.</returns>
    ValueTask<bool> WriteProgressAsync(SseWriter events) => ValueTask.FromResult(false);

    /// <summary>Gets whether the viewer asked for progress while the job waits.</summary>
    bool ReportsProgress => false;

    /// <summary>Gets whether a chat that fails within a second is a response with the status of its error, not a stream.</summary>
    bool ReportsEarlyFailure => false;

    /// <summary>Creates the response of a request that is not streamed.</summary>
    IResult Complete(AggregatedCompletion completion);
}
