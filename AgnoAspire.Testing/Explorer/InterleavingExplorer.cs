namespace AgnoAspire.Testing.Explorer;

/// <summary>
/// Explores the interleavings of everything that uses Redis: the product's own classes, two API replicas and two workers, on one thread, with a real
/// redis-server on which one command at a time is executed, in an order that a seed determines. See docs/explorer.md.
/// </summary>
public sealed class InterleavingExplorer : IDisposable
{
    private readonly RespClient redis;

    /// <summary>Connects to a redis-server of the explorer's own, whose data every run deletes.</summary>
    public InterleavingExplorer(Uri server) => redis = new RespClient(server.Host, server.Port);

    /// <summary>Gets the names of the bugs that can be planted.</summary>
    public static IEnumerable<string> PlantableBugs => PlantedBugs.All.Keys;

    /// <summary>Gets what happened in the last run, in order.</summary>
    public IReadOnlyList<string> Trace { get; private set; } = [];

    /// <summary>Runs a seed, with a planted bug or none.</summary>
    /// <returns>What went wrong; <see langword="null"/> when every invariant held.</returns>
    public ExplorerFailure? Run(int seed, string? plantedBug = null) => Run(new Choices(seed), seed, plantedBug);

    /// <summary>Repeats a failure.</summary>
    public ExplorerFailure? Replay(ExplorerFailure failure) => Run(new Choices(failure.Choices), failure.Seed, failure.PlantedBug);

    /// <inheritdoc/>
    public void Dispose() => redis.Dispose();

    private ExplorerFailure? Run(Choices choices, int seed, string? plantedBug)
    {
        using var run = new Exploration(redis, choices, plantedBug is null ? [] : PlantedBugs.All[plantedBug]);
        try
        {
            run.Run();
            return null;
        }
        catch (InvariantException broken)
        {
            return new ExplorerFailure(seed, plantedBug, broken.Message, choices.Made, run.Trace);
        }
        finally
        {
            Trace = run.Trace;
        }
    }
}

/// <summary>An invariant that did not hold.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="PlantedBug">The bug that was planted; <see langword="null"/> for none.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Choices">The choices of the scheduler, to repeat the run.</param>
/// <param name="Trace">What happened, in order.</param>
public sealed record ExplorerFailure(int Seed, string? PlantedBug, string Message, IReadOnlyList<int> Choices, IReadOnlyList<string> Trace);
