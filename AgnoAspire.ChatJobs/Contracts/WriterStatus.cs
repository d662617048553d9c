namespace AgnoAspire.ChatJobs.Contracts;

/// <summary>What became of an append or a pulse.</summary>
public enum WriterStatus
{
    /// <summary>The chunk is in the log; the job goes on.</summary>
    Active,

    /// <summary>The job was cancelled; only a terminal chunk is taken.</summary>
    Cancelled,

    /// <summary>Somebody holds a newer fence token.</summary>
    Fenced,

    /// <summary>The job is not in Redis any more.</summary>
    Gone,
}
