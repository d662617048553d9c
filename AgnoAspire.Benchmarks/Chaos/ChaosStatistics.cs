using System.Collections.Concurrent;
using AgnoAspire.Benchmarks.Harness;

namespace AgnoAspire.Benchmarks.Chaos;

/// <summary>What happened, counted by everybody at once.</summary>
internal sealed class ChaosStatistics
{
    private const int MostBreaches = 50;

    private long started;
    private long ended;
    private long delivered;
    private long lost;
    private long repeated;
    private long outOfOrder;
    private long different;
    private long unterminated;
    private long failedPosts;
    private long reconnections;

    /// <summary>Gets how streams ended, by finish reason or error code.</summary>
    public ConcurrentDictionary<string, int> Endings { get; } = new();

    /// <summary>Gets how often each fault was injected.</summary>
    public ConcurrentDictionary<string, int> Faults { get; } = new();

    /// <summary>Gets the first breaches of an invariant, in words.</summary>
    public ConcurrentQueue<string> Breaches { get; } = new();

    /// <summary>Gets the silences viewers felt that nobody meant them to feel: longer than half a second between two chunks.</summary>
    public StallLog Gaps { get; } = new();

    /// <summary>Gets the times from a caller's DELETE to the provider seeing its worker hang up.</summary>
    public Percentiles Aborts { get; } = new();

    public long Started => Interlocked.Read(ref started);

    public long Ended => Interlocked.Read(ref ended);

    public long Delivered => Interlocked.Read(ref delivered);

    public long Lost => Interlocked.Read(ref lost);

    public long Repeated => Interlocked.Read(ref repeated);

    public long OutOfOrder => Interlocked.Read(ref outOfOrder);

    public long Different => Interlocked.Read(ref different);

    public long Unterminated => Interlocked.Read(ref unterminated);

    public long FailedPosts => Interlocked.Read(ref failedPosts);

    public long Reconnections => Interlocked.Read(ref reconnections);

    public int UnexpectedEndings => unexpectedEndings;

    private int unexpectedEndings;

    public bool IsClean => Lost + Repeated + OutOfOrder + Different + Unterminated + FailedPosts + UnexpectedEndings == 0;

    public void StreamStarted() => Interlocked.Increment(ref started);

    public void StreamEnded(string how)
    {
        Interlocked.Increment(ref ended);
        Endings.AddOrUpdate(how, 1, static (_, count) => count + 1);
    }

    public void ChunksDelivered(int count) => Interlocked.Add(ref delivered, count);

    public void ChunksLost(long count, string where)
    {
        Interlocked.Add(ref lost, count);
        Breach($"{count} chunks lost: {where}");
    }

    public void ChunkRepeated(string where)
    {
        Interlocked.Increment(ref repeated);
        Breach($"chunk repeated: {where}");
    }

    public void ChunkOutOfOrder(string where)
    {
        Interlocked.Increment(ref outOfOrder);
        Interlocked.Decrement(ref lost);
        Breach($"chunk out of order: {where}");
    }

    public void ChunkDifferent(string where)
    {
        Interlocked.Increment(ref different);
        Breach($"chunk different from what the provider sent: {where}");
    }

    public void NotTerminated(string where)
    {
        Interlocked.Increment(ref unterminated);
        Breach($"no terminal chunk: {where}");
    }

    public void EndedUnexpectedly(string where)
    {
        Interlocked.Increment(ref unexpectedEndings);
        Breach($"ended in a way nobody caused: {where}");
    }

    public void PostFailed(string where)
    {
        Interlocked.Increment(ref failedPosts);
        Breach($"POST failed: {where}");
    }

    public void Reconnected() => Interlocked.Increment(ref reconnections);

    public void Injected(FaultKind kind)
    {
        Faults.AddOrUpdate(kind.ToString(), 1, static (_, count) => count + 1);
        if (kind is not (FaultKind.ViewerStop or FaultKind.ViewerLeave or FaultKind.Cancel or FaultKind.ProviderCut or FaultKind.ProviderStall or FaultKind.ProviderGarbage))
        {
            // The others are felt by those they hit only, and meant to be.
            Gaps.Injected(kind);
        }
    }

    private void Breach(string what)
    {
        if (Breaches.Count < MostBreaches)
        {
            Breaches.Enqueue(what);
        }
    }
}
