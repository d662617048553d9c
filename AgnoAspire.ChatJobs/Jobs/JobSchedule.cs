namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>
/// Spreads periodic work on many jobs evenly over its interval: every job has a fixed slice of the interval, so each is due once per interval
/// and never all of them at once. For one thread at a time.
/// </summary>
public sealed class JobSchedule(TimeSpan interval, TimeProvider time)
{
    private const int Slices = 16;

    private readonly long started = time.GetTimestamp();
    private long done = -1;
    private long current = -1;

    /// <summary>Gets how often to ask for the jobs that are due.</summary>
    public TimeSpan Step { get; } = interval / Slices;

    /// <summary>Moves on to now: the jobs of all slices since the last <see cref="Complete"/> are due.</summary>
    public void Advance() => current = (long)(time.GetElapsedTime(started) / Step);

    /// <summary>Whether the job with a number is due; consecutive numbers are spread best.</summary>
    public bool IsDue(int number) => (((((uint)number % Slices) - done - 1) % Slices) + Slices) % Slices < current - done;

    /// <summary>Records that the work on the jobs which are due is done; without it they stay due.</summary>
    public void Complete() => done = current;
}
