using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.Testing.Explorer;

/// <summary>
/// One run: two API replicas, two workers, clients and an operator, and a scheduler that chooses what happens next. First with faults, then without, until
/// everything has ended; then the time passes until nothing may be left.
/// </summary>
internal sealed class Exploration : IDisposable
{
    private const int FaultySteps = 350;
    private const int MaxSteps = 6000;
    private const int UnsettledTime = 3000;
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromMinutes(4);

    private readonly Choices choices;
    private readonly Pump pump = new();
    private readonly SimulatedClock clock = new();
    private readonly SimulatedServer server;
    private readonly RunModel model;
    private readonly RunSettings settings;
    private readonly ProcessContext world;
    private readonly List<SimulatedClient> clients = [];
    private readonly List<Task> actors = [];
    private readonly FinalInspection inspection;
    private readonly Operator operations;
    private readonly FaultInjection faults;
    private bool usesThreadPool;
    private long unsettledUntil;
    private int queued;

    public Exploration(RespClient redis, Choices choices, IReadOnlyList<PlantedText> planted)
    {
        this.choices = choices;
        redis.Execute("FLUSHALL");
        settings = new RunSettings(choices.Next);
        world = new ProcessContext(pump);
        Time = new SimulatedTime(clock, world);
        model = new RunModel(settings.Jobs, clock, id => clients.Exists(client => client.IsConnected && client.Job.Id == id));
        server = new SimulatedServer(redis, new ScriptShim(redis, planted), clock, model);
        inspection = new FinalInspection(server, model, clock, settings.Jobs);
        operations = new Operator(this, model);
        faults = new FaultInjection(this);
        Processes = new ProcessSet(this, pump, clock, server, settings);
    }

    public TimeProvider Time { get; }

    public ProcessSet Processes { get; }

    public IReadOnlyList<SimulatedClient> Clients => clients;

    public long Now => clock.Now;

    public List<string> Trace { get; } = [];

    public void Execute(params ReadOnlySpan<string> command) => server.Raw.Execute(command);

    public int Choose(int count) => choices.Next(count);

    public void Note(string what) => Trace.Add($"{clock.Now % 100_000_000,9} {what}");

    /// <summary>Runs to the end.</summary>
    /// <exception cref="InvariantException">An invariant does not hold.</exception>
    public void Run()
    {
        Processes.StartAll();
        world.Run(_ => StartClients(), null);
        for (var step = 0; step < FaultySteps; step++)
        {
            Step(faulty: true);
        }

        var deadline = clock.Now + (long)RecoveryTime.TotalMilliseconds;
        for (var step = 0; !IsOver(); step++)
        {
            if (clock.Now > deadline || step > MaxSteps)
            {
                throw new InvariantException($"Not over after {step} steps: {Describe()}");
            }

            operations.ResumeQueue();
            Processes.StartMissing();
            Step(faulty: false);
        }

        Processes.KillAll();
        inspection.Check();
    }

    /// <summary>After a failure, delays end in the thread pool for a while.</summary>
    public void Unsettle() => unsettledUntil = clock.Now + UnsettledTime;

    public void Disconnect(SimulatedClient client, bool forGood) => world.Run(_ => client.Disconnect(forGood), null);

    public void Operate() => world.Run(_ => actors.Add(operations.ActAsync()), null);

    public void Dispose() => Processes.Dispose();

    private void StartClients()
    {
        foreach (var index in Enumerable.Range(0, 2 + Choose(3)))
        {
            AddClient(ChatPlan.Choose(Choose, index));
        }
    }

    private void AddClient(ChatPlan plan)
    {
        var id = JobId.Of(plan.Owner, plan.Key);
        if (!model.Jobs.TryGetValue(id, out var job))
        {
            model.Jobs[id] = job = new JobModel(id, plan.Owner, plan.Key, plan.Answer);
        }

        var client = new SimulatedClient(this, job, plan.Policy, plan.Completion);
        clients.Add(client);
        actors.Add(client.RunAsync());
        if (plan.IsDoubled)
        {
            AddClient(plan with { IsDoubled = false });
        }
    }

    private void Step(bool faulty)
    {
        var connections = Processes.Connections;
        var ready = connections.Where(connection => connection.CanExecute || connection.CanReply || connection.CanDeliver).ToList();
        if (faulty && Choose(12) == 0)
        {
            Unsettle();
            faults.Inject(connections);
        }
        else if (ready.Count == 0 || (faulty && Choose(25) == 0))
        {
            AdvanceTime();
        }
        else
        {
            Proceed(ready[Choose(ready.Count)], faulty);
        }

        pump.Run(usesThreadPool || clock.Now < unsettledUntil);
        usesThreadPool = false;
        Check();
    }

    private void Proceed(SimulatedConnection connection, bool faulty)
    {
        // Viewers that leave and refused appends cancel tokens in the thread pool; delays after a failure end there.
        usesThreadPool = !connection.Process.IsWorker || connection.IsAppending;
        if (connection.CanReply)
        {
            Note($"{connection.Process.Name} {connection.Name} reply");
            connection.DeliverReply();
        }
        else if (connection.CanDeliver)
        {
            Note($"{connection.Process.Name} {connection.Name} message");
            connection.DeliverMessage();
        }
        else
        {
            var command = connection.Next!;
            connection.ExecuteNext();
            Note($"{connection.Process.Name} {connection.Name} {command.Name} {model.JobOf(command.Arguments.Length > 1 ? command.Argument(1) : "")?.Key}");
            if (faulty && Processes.MayKill && Choose(80) == 0)
            {
                Processes.Kill(connection.Process);
            }
            else if (connection.CanReply && (!faulty || Choose(8) > 0))
            {
                connection.DeliverReply();
            }
        }
    }

    private void AdvanceTime()
    {
        var next = Processes.Connections.Select(connection => connection.UnavailableUntil)
            .Where(time => time > clock.Now).Append(clock.NextDue ?? long.MaxValue).Min();
        if (next == long.MaxValue)
        {
            Processes.StartMissing();
            return;
        }

        var timers = clock.Advance(next);
        server.AdvanceTime();
        foreach (var connection in Processes.Connections)
        {
            if (connection.AdvanceTime())
            {
                Unsettle();
            }
        }

        foreach (var timer in timers)
        {
            timer.Fire();
            pump.Run(clock.Now < unsettledUntil);
        }
    }

    private void Check()
    {
        Processes.Check();
        if (actors.Find(static actor => actor.IsFaulted)?.Exception?.GetBaseException() is { } failure)
        {
            throw failure as InvariantException ?? new InvariantException(failure.ToString());
        }

        if (model.QueueChanged)
        {
            model.QueueChanged = false;
            queued = QueueInspection.Check(server.Raw, settings.Jobs, queued, model.IsOver);
        }
    }

    private bool IsOver() => actors.TrueForAll(static actor => actor.IsCompleted) && queued == 0
        && model.Jobs.Values.All(job => !job.IsAccepted || job.EndedAt is not null);

    private string Describe() =>
        string.Join("; ", model.Jobs.Values.Select(job => $"{job.Key} accepted {job.IsAccepted}, ended {job.Status}, {job.Log.Count} chunks"))
        + "; clients: " + string.Join(", ", clients.Select(client => client.Outcome ?? "going on")) + $"; {queued} jobs in the queue";
}
