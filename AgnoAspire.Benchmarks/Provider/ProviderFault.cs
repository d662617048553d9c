namespace AgnoAspire.Benchmarks.Provider;

/// <summary>What a provider can do to an answer.</summary>
internal enum ProviderFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It closes the connection.</summary>
    Cut,

    /// <summary>It falls silent and keeps the connection.</summary>
    Stall,

    /// <summary>It sends something that is no chat completion.</summary>
    Garbage,
}
