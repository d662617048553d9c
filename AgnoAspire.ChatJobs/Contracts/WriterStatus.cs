namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>Whether the writer of a stream may go on, as an append or a heartbeat found it.</summary>
public enum WriterStatus
{
    /// <summary>The job goes on.</summary>
    Active,

    /// <summary>The stream has its terminal chunk; to be released.</summary>
    Ended,

    /// <summary>The job was cancelled; only a terminal chunk is accepted.</summary>
    Cancelled,

    /// <summary>Another process holds a newer fencing token.</summary>
    Fenced,

    /// <summary>The job no longer exists in Redis.</summary>
    Gone,

    /// <summary>Redis was unavailable until the writer stopped retrying; whether the last chunk is in the log is unknown.</summary>
    Unavailable,
}

/// <summary>The codes by which scripts return a <see cref="WriterStatus"/>.</summary>
internal static class WriterStatusCode
{
    public static WriterStatus Read(int code) => code switch
    {
        4 => WriterStatus.Ended,
        0 => WriterStatus.Cancelled,
        -1 => WriterStatus.Fenced,
        -2 => WriterStatus.Gone,
        _ => WriterStatus.Active,
    };
}
