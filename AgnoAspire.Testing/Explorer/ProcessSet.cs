namespace AgnoAspire.Testing.Explorer;

/// <summary>The processes of a run: two API replicas and two workers, when none is dead.</summary>
internal sealed class ProcessSet(Exploration run, Pump pump, SimulatedClock clock, SimulatedServer server, RunSettings settings) : IDisposable
{
    private const int MaxKills = 6;
    private const int CountOfKind = 2;
    private static readonly string[] Kinds = ["api", "worker"];

    private readonly List<SimulatedProcess> all = [];
    private int kills;

    public List<SimulatedProcess> Alive { get; private set; } = [];

    public bool MayKill => kills < MaxKills;

    public List<SimulatedConnection> Connections => [.. Alive.SelectMany(process => process.Connections)];

    public SimulatedProcess? ChooseApi()
    {
        var apis = Alive.Where(process => !process.IsWorker).ToList();
        return apis.Count == 0 ? null : apis[run.Choose(apis.Count)];
    }

    public void StartAll()
    {
        while (StartMissing())
        {
        }
    }

    /// <summary>Starts a process in place of one that is dead; false when none is.</summary>
    public bool StartMissing()
    {
        var missing = Kinds.Where(kind => Alive.Count(process => process.Name.StartsWith(kind, StringComparison.Ordinal)) < CountOfKind).ToList();
        if (missing.Count == 0)
        {
            return false;
        }

        var kind = missing[run.Choose(missing.Count)];
        var process = new SimulatedProcess($"{kind}{all.Count + 1}", kind == "worker", pump, clock, server, settings);
        run.Note($"start {process.Name}");
        Alive.Add(process);
        all.Add(process);
        process.Start();
        pump.Run();
        return true;
    }

    public void Kill(SimulatedProcess process)
    {
        kills++;
        run.Unsettle();
        run.Note($"kill {process.Name}");
        Alive = [.. Alive.Where(other => other != process)];
        process.Kill(run.Choose);
        server.Subscribers.Remove(process.Connections[1]);
    }

    public void KillAll() => Alive.ForEach(static process => process.Kill(static _ => 0));

    /// <summary>Ends the processes that have stopped in order.</summary>
    public void Check()
    {
        foreach (var process in Alive.ToArray())
        {
            process.Check();
            if (process.HasDrained)
            {
                Kill(process);
            }
        }
    }

    public void Dispose() => all.ForEach(static process => process.Dispose());
}
