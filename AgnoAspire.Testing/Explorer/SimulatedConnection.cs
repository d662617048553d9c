using System.Reflection;
using AgnoAspire.ChatJobs.Redis;
using StackExchange.Redis;

namespace AgnoAspire.Testing.Explorer;

/// <summary>A command of a process, from the moment it is sent until its reply or failure.</summary>
internal sealed class PendingCommand(string name, string? script, byte[][] arguments, long sent)
{
    public string Name { get; set; } = name;

    public string? Script => script;

    /// <summary>Gets the arguments; of a script: the number of keys, the keys and the arguments.</summary>
    public byte[][] Arguments => arguments;

    public long Sent => sent;

    public bool IsAppend { get; } = script == RedisScripts.Append;

    public long BlocksUntil { get; set; }

    public TaskCompletionSource<object?> Completion { get; } = new();

    public string Argument(int index) => Encoding.UTF8.GetString(arguments[index]);

    /// <summary>Returns an argument of a script, from 0, after its keys.</summary>
    public string ScriptArgument(int index) => Argument(1 + int.Parse(Argument(0), CultureInfo.InvariantCulture) + index);
}

/// <summary>
/// One connection of a simulated process. Commands are executed and replies delivered in order, each when the scheduler chooses; a cut loses what was not
/// executed and the replies that were not delivered.
/// </summary>
internal sealed class SimulatedConnection(string name, SimulatedProcess process, SimulatedServer server, SimulatedClock clock)
{
    private const int CommandTimeout = 5000;
    private static readonly RedisConnectionException Lost = new(ConnectionFailureType.SocketClosed, CommandFlags.None, "cut", null!, CommandStatus.Sent);
    private static readonly RedisTimeoutException Late = new(CommandFlags.None, "late", CommandStatus.Sent);
    private static readonly MethodInfo WriteMethod =
        typeof(ChannelMessageQueue).GetMethod("SynchronizedWrite", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly Queue<PendingCommand> pending = new();
    private readonly Queue<(PendingCommand Command, object? Value)> replies = new();
    private readonly Queue<(string Channel, byte[] Message)> messages = new();
    private readonly Dictionary<string, List<ChannelMessageQueue>> subscriptions = [];
    private readonly HashSet<string> active = [];
    private PendingCommand? blocking;

    public string Name => name;

    public SimulatedProcess Process => process;

    /// <summary>Gets or sets until when the connection is down or stalled.</summary>
    public long UnavailableUntil { get; private set; }

    public bool IsDown { get; private set; }

    public bool CanExecute => pending.Count > 0 && blocking is null && IsAvailable;

    public bool CanReply => replies.Count > 0 && IsAvailable;

    public bool CanDeliver => messages.Count > 0 && IsAvailable;

    public PendingCommand? Next => pending.TryPeek(out var next) ? next : null;

    /// <summary>Gets whether the next reply or command is that of an append.</summary>
    public bool IsAppending => (replies.TryPeek(out var reply) ? reply.Command : Next) is { IsAppend: true };

    public int PendingCount => pending.Count;

    private bool IsAvailable => clock.Now >= UnavailableUntil && !process.IsSuspended;

    public Task<object?> SendAsync(string command, string? script, params byte[][] arguments)
    {
        var sent = new PendingCommand(command, script, arguments, clock.Now);
        pending.Enqueue(sent);
        return sent.Completion.Task;
    }

    public void ExecuteNext()
    {
        var command = pending.Dequeue();
        blocking = command.Name == "BLPOP" ? command : null;
        server.Execute(this, command);
    }

    public void Reply(PendingCommand command, object? value)
    {
        blocking = null;
        replies.Enqueue((command, value));
    }

    public void DeliverReply()
    {
        var (command, value) = replies.Dequeue();
        process.Run(() => command.Completion.TrySetResult(value));
    }

    public async Task<ChannelMessageQueue> SubscribeAsync(RedisChannel channel)
    {
        var queue = (ChannelMessageQueue)Activator.CreateInstance(
            typeof(ChannelMessageQueue), BindingFlags.Instance | BindingFlags.NonPublic, null, [channel, null], null)!;
        var id = channel.ToString();
        if (!subscriptions.TryGetValue(id, out var queues))
        {
            subscriptions[id] = queues = [];
        }

        queues.Add(queue);
        await SendAsync("SUBSCRIBE", null, Encoding.UTF8.GetBytes(id));
        return queue;
    }

    public void Activate(string channel) => active.Add(channel);

    public void Receive(string channel, byte[] message)
    {
        if (active.Contains(channel))
        {
            messages.Enqueue((channel, message));
        }
    }

    public void DeliverMessage()
    {
        var (channel, message) = messages.Dequeue();
        var name = RedisChannel.Literal(channel);
        process.Run(() =>
        {
            foreach (var queue in subscriptions[channel])
            {
                WriteMethod.Invoke(queue, [name, (RedisValue)message]);
            }
        });
    }

    /// <summary>Stops everything on the connection for a while, without an error but that of a timeout.</summary>
    public void Stall(int milliseconds) => UnavailableUntil = clock.Now + milliseconds;

    /// <summary>Cuts the connection after the server has executed some of the commands under way; it comes back after a while.</summary>
    public void Cut(int executed, int milliseconds)
    {
        for (; executed > 0 && pending.Count > 0 && blocking is null; executed--)
        {
            ExecuteNext();
        }

        server.Forget(this);
        PendingCommand[] lost = [.. replies.Select(reply => reply.Command), .. blocking is null ? [] : new[] { blocking }, .. pending];
        replies.Clear();
        pending.Clear();
        messages.Clear();
        active.Clear();
        blocking = null;
        IsDown = true;
        UnavailableUntil = clock.Now + milliseconds;
        process.Run(() =>
        {
            foreach (var command in lost)
            {
                command.Completion.TrySetException(Lost);
            }
        });
    }

    /// <summary>Called when time has passed: commands time out, and a connection comes back. Returns whether any did.</summary>
    public bool AdvanceTime()
    {
        var late = replies.Select(reply => reply.Command).Concat(pending).Where(command => command.Sent + CommandTimeout <= clock.Now).ToList();
        if (late.Count > 0 && !process.IsSuspended)
        {
            // A command that was sent stays under way.
            process.Run(() => late.ForEach(command =>
                command.Completion.TrySetException(Late)));
        }

        if (IsDown && IsAvailable)
        {
            IsDown = false;
            foreach (var channel in subscriptions.Keys)
            {
                _ = SendAsync("SUBSCRIBE", null, Encoding.UTF8.GetBytes(channel));
            }

            process.Run(process.OnConnectionRestored);
            return true;
        }

        return late.Count > 0;
    }
}
