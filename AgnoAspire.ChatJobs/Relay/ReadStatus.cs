namespace AgnoAspire.ChatJobs.Relay;

/// <summary>What a viewer's read came back with.</summary>
public enum ReadStatus
{
    /// <summary>Chunks, next in sequence; none of them when there is reason to read again.</summary>
    Chunks,

    /// <summary>Nothing for a heartbeat's time; the stream goes on.</summary>
    Idle,

    /// <summary>The terminal chunk was read before; nothing follows.</summary>
    Completed,

    /// <summary>The stream's data is gone from Redis; no terminal chunk will come.</summary>
    Lost,
}
