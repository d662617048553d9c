namespace AgnoAspire.Benchmarks.Harness;

/// <summary>Measured times, in milliseconds. For any number of threads.</summary>
internal sealed class Percentiles
{
    private readonly Lock access = new();
    private readonly List<double> values = [];

    public int Count
    {
        get
        {
            lock (access)
            {
                return values.Count;
            }
        }
    }

    public void Add(TimeSpan time)
    {
        lock (access)
        {
            values.Add(time.TotalMilliseconds);
        }
    }

    /// <summary>The value that a share of all values does not exceed; NaN when there are none.</summary>
    public double At(double share)
    {
        lock (access)
        {
            if (values.Count == 0)
            {
                return double.NaN;
            }

            values.Sort();
            return values[Math.Min(values.Count - 1, (int)Math.Ceiling(share * values.Count) - 1 is >= 0 and var index ? index : 0)];
        }
    }
}
