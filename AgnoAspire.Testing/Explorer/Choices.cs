namespace AgnoAspire.Testing.Explorer;

/// <summary>The choices of a run: drawn from a seed, or read from the record of an earlier run. Together they are the order of everything.</summary>
internal sealed class Choices
{
    private readonly Random? random;
    private readonly IReadOnlyList<int> recorded;

    /// <summary>Draws from a seed.</summary>
    public Choices(int seed) => (random, recorded) = (new Random(seed), []);

    /// <summary>Repeats recorded choices; after the last one nothing goes wrong any more.</summary>
    public Choices(IReadOnlyList<int> recorded) => this.recorded = recorded;

    public List<int> Made { get; } = [];

    /// <summary>Returns a number from 0, below <paramref name="count"/>.</summary>
    public int Next(int count)
    {
#pragma warning disable CA5394 // A repeatable sequence is the point.
        var chosen = random?.Next(count) ?? (Made.Count < recorded.Count ? recorded[Made.Count] % count : 0);
#pragma warning restore CA5394
        Made.Add(chosen);
        return chosen;
    }
}
