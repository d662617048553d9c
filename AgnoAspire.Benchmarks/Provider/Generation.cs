namespace AgnoAspire.Benchmarks.Provider;

/// <summary>One answer while it is given; a worker that replays makes another one of the same stream.</summary>
internal sealed class Generation(Answer answer)
{
    private int misdeed;

    public Answer Answer => answer;

    /// <summary>Gets or sets how many pieces were given.</summary>
    public int Given { get; set; }

    /// <summary>Gets or sets what is done to it before its next piece.</summary>
    public ProviderFault Misdeed
    {
        get => (ProviderFault)Volatile.Read(ref misdeed);
        set => Volatile.Write(ref misdeed, (int)value);
    }
}
