namespace AgnoAspire.Testing.Explorer;

/// <summary>The time of a run: that of Redis' scripts and of all processes. It moves only when the scheduler says so.</summary>
internal sealed class SimulatedClock
{
    private readonly PriorityQueue<SimulatedTimer, (long Due, long Number)> timers = new();
    private long created;

    /// <summary>Gets the time, in milliseconds since 1970. It starts in the far future, so that Redis itself never expires a key.</summary>
    public long Now { get; private set; } = new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>Gets when the next timer is due; <see langword="null"/> when there is none.</summary>
    public long? NextDue
    {
        get
        {
            while (timers.TryPeek(out var timer, out var at))
            {
                if (timer.IsDueAt(at.Due, at.Number))
                {
                    return at.Due;
                }

                timers.Dequeue();
            }

            return null;
        }
    }

    /// <summary>Moves the time, and returns the timers that are due, in order.</summary>
    public IReadOnlyList<SimulatedTimer> Advance(long to)
    {
        Now = Math.Max(Now, to);
        var due = new List<SimulatedTimer>();
        while (NextDue <= Now)
        {
            due.Add(timers.Dequeue());
        }

        return due;
    }

    public long Schedule(SimulatedTimer timer, long due)
    {
        timers.Enqueue(timer, (due, ++created));
        return created;
    }
}

/// <summary>The time as one process sees it: its timers run in its context, and no more when it is dead.</summary>
internal sealed class SimulatedTime(SimulatedClock clock, ProcessContext context) : TimeProvider
{
    /// <summary>Gets or sets until when the process is suspended: its timers are late.</summary>
    public long SuspendedUntil { get; set; }

    public override long TimestampFrequency => 1000;

    public ProcessContext Context => context;

    public SimulatedClock Clock => clock;

    public override long GetTimestamp() => clock.Now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(clock.Now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>A timer of a simulated process.</summary>
internal sealed class SimulatedTimer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan interval = Timeout.InfiniteTimeSpan;
    private long due = -1;
    private long number;

    public bool IsDueAt(long at, long atNumber) => due == at && number == atNumber && !time.Context.IsDead;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        interval = period;
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            due = -1;
            return true;
        }

        due = Math.Max(time.Clock.Now + (long)Math.Ceiling(dueTime.TotalMilliseconds), time.SuspendedUntil);
        number = time.Clock.Schedule(this, due);
        return true;
    }

    public void Fire()
    {
        if (time.SuspendedUntil > time.Clock.Now)
        {
            Change(TimeSpan.Zero, interval);
            return;
        }

        due = -1;
        if (interval > TimeSpan.Zero)
        {
            Change(interval, interval);
        }

        time.Context.Run(_ => callback(state), null);
    }

    public void Dispose() => due = -1;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
