namespace AgnoAspire.Worker.Processing;

/// <summary>Why a running job has to stop before its provider has finished.</summary>
internal enum StopReason
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>Its caller, or the absence of viewers, cancelled it.</summary>
    Cancelled,

    /// <summary>Somebody else holds it now.</summary>
    Lost,

    /// <summary>This worker shuts down.</summary>
    Draining,
}
