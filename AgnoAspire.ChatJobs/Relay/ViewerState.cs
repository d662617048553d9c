namespace AgnoAspire.ChatJobs.Relay;

/// <summary>How a viewer stands to its live stream.</summary>
internal enum ViewerState
{
    /// <summary>Chunks were handed over.</summary>
    Ready,

    /// <summary>The viewer has all there is, and will be woken.</summary>
    Waiting,

    /// <summary>What the viewer needs next is only in the log.</summary>
    Behind,

    /// <summary>The viewer has read the terminal chunk.</summary>
    Ended,

    /// <summary>The stream's data is gone.</summary>
    Lost,
}
