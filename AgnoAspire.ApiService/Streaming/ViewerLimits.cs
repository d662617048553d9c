namespace AgnoAspire.ApiService.Streaming;

/// <summary>
/// Counts the viewers of this process, of each caller and of each stream, so that one beyond a limit is refused instead of taking what the others
/// need: a process without a file descriptor left cannot even reconnect to Redis, and dies.
/// </summary>
internal sealed class ViewerLimits(IOptions<ChatApiOptions> options, ShutdownCoordinator shutdown)
{
    private const string Process = "";
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly Lock access = new();
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);

    /// <summary>Takes a place for a viewer of a caller; <see langword="null"/> for one that is not authenticated yet.</summary>
    public Result<ViewerPlace> Enter(HttpContext context, string? caller)
    {
        var place = new ViewerPlace(this, context.RequestAborted, shutdown.StreamsAborted);
        var refusal = !TryCount(place, Process, options.Value.ViewerCapacity) ? ApiProblems.ViewersFull()
            : caller is not null && !TryCount(place, $"caller {caller}", options.Value.MaxViewersPerCaller)
                ? ApiProblems.TooManyViewers($"You have {options.Value.MaxViewersPerCaller} open streams, the most allowed. Close some")
            : null;
        return refusal is null ? place : Refuse(context, place, refusal);
    }

    /// <summary>Takes a place at a stream.</summary>
    public Result<ViewerPlace> Join(HttpContext context, ViewerPlace place, string jobId) =>
        TryCount(place, $"stream {jobId}", options.Value.MaxViewersPerStream)
            ? place
            : Refuse(context, place, ApiProblems.TooManyViewers($"This stream has {options.Value.MaxViewersPerStream} viewers, the most allowed. Close some"));

    /// <summary>Gives back what a viewer was counted for.</summary>
    public void Leave(ViewerPlace place)
    {
        lock (access)
        {
            foreach (var key in place.Keys)
            {
                if (--counts[key] == 0)
                {
                    counts.Remove(key);
                }
            }
        }
    }

    private static ProblemHttpResult Refuse(HttpContext context, ViewerPlace place, ProblemHttpResult refusal)
    {
        place.Dispose();
        ApiProblems.RetryAfter(context, RetryDelay);

        // An idle connection of a refused client would take the place of a probe.
        context.Response.Headers.Connection = "close";
        return refusal;
    }

    private bool TryCount(ViewerPlace place, string key, int limit)
    {
        lock (access)
        {
            var count = counts.GetValueOrDefault(key);
            if (count >= limit)
            {
                return false;
            }

            counts[key] = count + 1;
            place.Keys.Add(key);
            return true;
        }
    }
}

/// <summary>What one viewer is counted for, and the token that ends it: the client has gone, or this process stops.</summary>
internal sealed class ViewerPlace(ViewerLimits limits, CancellationToken left, CancellationToken stopped) : IDisposable
{
    private readonly CancellationTokenSource watching = CancellationTokenSource.CreateLinkedTokenSource(left, stopped);
    private bool disposed;

    public List<string> Keys { get; } = new(3);

    public CancellationToken Token => watching.Token;

    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            watching.Dispose();
            limits.Leave(this);
        }
    }
}
