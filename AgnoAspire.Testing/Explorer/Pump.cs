namespace AgnoAspire.Testing.Explorer;

/// <summary>Runs the code of all simulated processes on one thread, in the order in which it became ready, until nothing is ready any more.</summary>
internal sealed class Pump
{
    private readonly Lock access = new();
    private readonly Queue<(ProcessContext Context, SendOrPostCallback Callback, object? State)> ready = new();

    public void Post(ProcessContext context, SendOrPostCallback callback, object? state)
    {
        lock (access)
        {
            ready.Enqueue((context, callback, state));
        }
    }

    /// <summary>
    /// Runs what is ready. A few operations of .NET run on the thread pool (a token's callbacks): where there may be some, that is waited for.
    /// </summary>
    public void Run(bool withThreadPool = true)
    {
        if (!withThreadPool)
        {
            RunReady();
            return;
        }

        var quiet = 0;
        while (quiet < 2)
        {
            quiet = RunReady() ? 0 : quiet + 1;
            if (quiet < 2)
            {
                using var passed = new ManualResetEventSlim();
                ThreadPool.UnsafeQueueUserWorkItem(static passed => passed.Set(), passed, preferLocal: false);
                passed.Wait();
                quiet = ThreadPool.PendingWorkItemCount > 0 ? 0 : quiet;
            }
        }
    }

    private bool RunReady()
    {
        var any = false;
        while (true)
        {
            (ProcessContext Context, SendOrPostCallback Callback, object? State) next;
            lock (access)
            {
                if (!ready.TryDequeue(out next))
                {
                    return any;
                }
            }

            any = true;
            next.Context.Run(next.Callback, next.State);
        }
    }
}

/// <summary>Where the code of one simulated process runs. Nothing of a dead process runs any more.</summary>
internal sealed class ProcessContext(Pump pump) : SynchronizationContext
{
    public bool IsDead { get; set; }

    public override void Post(SendOrPostCallback d, object? state) => pump.Post(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    public void Run(SendOrPostCallback callback, object? state)
    {
        if (IsDead)
        {
            return;
        }

        var previous = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(previous);
        }
    }
}
