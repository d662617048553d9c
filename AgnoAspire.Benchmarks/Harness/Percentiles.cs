namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Measured times in milliseconds, for any number of threads.</summary>
internal sealed class Percentiles
{
    private readonly Lock access = new();
    private readonly List<double> values = [];

    /// <summary>Gets how many there are; exact once nothing is added any more.</summary>
    public int Count => values.Count;

    public void Add(TimeSpan time)
    {
        lock (access)
        {
            values.Add(time.TotalMilliseconds);
        }
    }

    /// <summary>The value that a share of all values does not exceed; NaN without values.</summary>
    public double At(double share)
    {
        lock (access)
        {
            values.Sort();
            return values.Count == 0 ? double.NaN : values[Math.Clamp((int)Math.Ceiling(share * values.Count) - 1, 0, values.Count - 1)];
        }
    }
}
