using System.Diagnostics.Metrics;
using System.Reflection;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AgnoAspire.Testing.Explorer;

/// <summary>
/// An API replica or a worker: the services of the product in a container of their own, over connections, time and a context that the scheduler controls.
/// It dies at once, with nothing graceful.
/// </summary>
internal sealed class SimulatedProcess : IDisposable
{
    private static readonly MethodInfo ExecuteMethod = typeof(BackgroundService).GetMethod("ExecuteAsync", BindingFlags.Instance | BindingFlags.NonPublic)!;
    private static readonly FieldInfo NotifierConnection = typeof(JobNotifier).GetField("redis", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly ProcessContext context;
    private readonly SimulatedTime time;
    private readonly SimulatedClock clock;
    private readonly ProcessMeters meters = new();
    private readonly List<Task> loops = [];
    private readonly CancellationTokenSource draining = new();
    private Task drained = Task.CompletedTask;
    private readonly ServiceProvider services;

    public SimulatedProcess(string name, bool isWorker, Pump pump, SimulatedClock clock, SimulatedServer server, RunSettings settings)
    {
        Name = name;
        IsWorker = isWorker;
        this.clock = clock;
        context = new ProcessContext(pump);
        time = new SimulatedTime(clock, context);
        SimulatedConnection commands = new("commands", this, server, clock);
        SimulatedConnection subscriptions = new("subscriptions", this, server, clock);
        SimulatedConnection blocking = new("blocking", this, server, clock);
        Connections = isWorker ? [commands, subscriptions, blocking] : [commands, subscriptions];
        server.Subscribers.Add(subscriptions);
        var collection = new ServiceCollection();
        collection.AddSingleton<IMeterFactory>(meters);
        collection.AddSingleton<TimeProvider>(time);
        collection.AddSingleton(MultiplexerProxy.Create(commands, subscriptions));
        ProductServices.Add(collection, isWorker, settings);
        services = collection.BuildServiceProvider();
        if (isWorker)
        {
            var separate = new RedisConnection(MultiplexerProxy.Create(blocking, blocking), Get<ChatJobsMetrics>(), NullLogger<RedisConnection>.Instance);
            NotifierConnection.SetValue(Get<JobNotifier>(), separate);
        }
    }

    public event EventHandler<ConnectionFailedEventArgs>? ConnectionRestored;

    public string Name { get; }

    public bool IsWorker { get; }

    public bool IsDead => context.IsDead;

    public bool HasDrained => draining.IsCancellationRequested && drained.IsCompleted;

    public bool IsSuspended => clock.Now < time.SuspendedUntil;

    public IReadOnlyList<SimulatedConnection> Connections { get; }

    /// <summary>Gets the open requests of clients.</summary>
    public List<ApiCall> Calls { get; } = [];

    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    public void Start() => Run(() =>
    {
        foreach (var service in services.GetServices<IHostedService>().OfType<BackgroundService>())
        {
            var token = service is JobProcessor ? draining.Token : CancellationToken.None;
            loops.Add((Task)ExecuteMethod.Invoke(service, [token])!);
            drained = service is JobProcessor ? loops[^1] : drained;
        }
    });

    public void Run(Action action) => context.Run(static action => ((Action)action!)(), action);

    /// <summary>Asks a worker to stop in order; <see cref="HasDrained"/> when its jobs have ended or are in the queue again.</summary>
    public void Drain() => Run(draining.Cancel);

    public void Suspend(int milliseconds) => time.SuspendedUntil = clock.Now + milliseconds;

    public void OnConnectionRestored() => ConnectionRestored?.Invoke(this, null!);

    /// <summary>Throws what ended a background service, which none of them may do.</summary>
    public void Check()
    {
        if (loops.Find(static loop => loop.IsFaulted)?.Exception is { } failure)
        {
            throw new InvariantException($"A background service of {Name} failed: {failure.GetBaseException()}");
        }
    }

    /// <summary>Kills the process after the server has executed some of its commands under way.</summary>
    public void Kill(Func<int, int> choose)
    {
        context.IsDead = true;
        foreach (var connection in Connections)
        {
            connection.Cut(choose(Math.Min(connection.PendingCount, 3) + 1), 0);
        }

        foreach (var call in Calls.ToArray())
        {
            call.Reset();
        }
    }

    public void Dispose()
    {
        meters.Dispose();
        draining.Dispose();
    }

    private sealed class ProcessMeters : IMeterFactory
    {
        private readonly List<Meter> meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options.Name);
            meters.Add(meter);
            return meter;
        }

        public void Dispose() => meters.ForEach(static meter => meter.Dispose());
    }
}
