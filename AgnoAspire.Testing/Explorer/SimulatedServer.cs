using System.Diagnostics.CodeAnalysis;

namespace AgnoAspire.Testing.Explorer;

/// <summary>The Redis of a run: a real redis-server, in simulated time. One command at a time.</summary>
internal sealed class SimulatedServer(RespClient redis, ScriptShim scripts, SimulatedClock clock, RunModel model)
{
    private static readonly byte[] EvalSha = "EVALSHA"u8.ToArray();
    private static readonly byte[] LeftPop = "LPOP"u8.ToArray();

    // Deletes what has expired; returns when the next key expires, and what was deleted with the time of its expiry.
    private const string Expire = """
        local earliest, expired = 0, {}
        for _, key in ipairs(redis.call('KEYS', '*')) do
          local at = redis.call('PEXPIRETIME', key)
          if at > 0 and at <= tonumber(ARGV[1]) then
            redis.call('DEL', key)
            expired[#expired + 1] = key
            expired[#expired + 1] = at
          elseif at > 0 and (earliest == 0 or at < earliest) then
            earliest = at
          end
        end
        return {string.format('%.0f', earliest), expired}
        """;

    private readonly List<(SimulatedConnection Connection, PendingCommand Command)> blocked = [];
    private long earliestExpiry = long.MaxValue;

    public List<SimulatedConnection> Subscribers { get; } = [];

    /// <summary>Gets the raw connection, for inspection.</summary>
    public RespClient Raw => redis;

    /// <summary>Executes a command of a connection; its reply is queued there.</summary>
    public void Execute(SimulatedConnection connection, PendingCommand command)
    {
        if (command.Script is null)
        {
            ExecuteCommand(connection, command);
        }
        else
        {
            connection.Reply(command, ExecuteScript(command));
        }

        Unblock();
    }

    /// <summary>Deletes the keys that have expired by now, and ends the blocking commands whose time is up.</summary>
    public void AdvanceTime()
    {
        if (earliestExpiry <= clock.Now)
        {
            var reply = (object?[])redis.Execute("EVAL", Expire, "0", Text(clock.Now))!;
            earliestExpiry = long.Parse(Resp.Text(reply[0]), CultureInfo.InvariantCulture) is > 0 and var next ? next : long.MaxValue;
            foreach (var key in ((object?[])reply[1]!).Chunk(2))
            {
                model.OnExpired(Resp.Text(key[0]), (long)key[1]!, redis.Execute("EXISTS", $"{Resp.Text(key[0])}:chunks") is 1L);
            }
        }

        foreach (var (connection, command) in blocked.Where(waiting => waiting.Command.BlocksUntil <= clock.Now).ToList())
        {
            blocked.Remove((connection, command));
            connection.Reply(command, null);
        }
    }

    public void Publish(string channel, byte[] message)
    {
        foreach (var subscriber in Subscribers)
        {
            subscriber.Receive(channel, message);
        }
    }

    public void Forget(SimulatedConnection connection) => blocked.RemoveAll(waiting => waiting.Connection == connection);

    private object? ExecuteScript(PendingCommand command)
    {
        var (name, sha) = scripts.Load(command.Script!);
        command.Name = name;
        var reply = redis.Execute([EvalSha, sha, .. command.Arguments, Bytes(clock.Now / 1000), Bytes(clock.Now % 1000 * 1000)]);
        if (reply is not object?[] { Length: >= 2 } parts)
        {
            return reply is RespError error ? throw new InvariantException($"Script {name} failed: {error.Message}") : reply;
        }

        var earliest = long.Parse(Resp.Text(parts[1]), CultureInfo.InvariantCulture);
        earliestExpiry = earliest > 0 ? Math.Min(earliestExpiry, earliest) : earliestExpiry;
        var result = parts.Length > 2 ? parts[2] : null;
        model.OnExecuted(name, command, result);
        var published = (object?[])parts[0]!;
        for (var i = 0; i < published.Length; i += 2)
        {
            var (channel, message) = (Resp.Text(published[i]), (byte[])published[i + 1]!);
            model.OnPublished(channel, message, command);
            Publish(channel, message);
        }

        return result;
    }

    private void ExecuteCommand(SimulatedConnection connection, PendingCommand command)
    {
        switch (command.Name)
        {
            case "SUBSCRIBE":
                connection.Activate(Resp.Text(command.Arguments[0]));
                connection.Reply(command, null);
                break;
            case "PUBLISH":
                Publish(Resp.Text(command.Arguments[0]), command.Arguments[1]);
                connection.Reply(command, 1L);
                break;
            case "BLPOP":
                command.BlocksUntil = clock.Now + 1000;
                blocked.Add((connection, command));
                break;
            default:
                var reply = redis.Execute([Encoding.UTF8.GetBytes(command.Name), .. command.Arguments]);
                connection.Reply(command, reply is RespError error ? throw new InvariantException($"{command.Name} failed: {error.Message}") : reply);
                break;
        }
    }

    // A push wakes the client that waits longest, at once.
    private void Unblock()
    {
        while (blocked.Count > 0 && redis.Execute(LeftPop, blocked[0].Command.Arguments[0]) is byte[] value)
        {
            var (connection, command) = blocked[0];
            blocked.RemoveAt(0);
            connection.Reply(command, new object?[] { command.Arguments[0], value });
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static byte[] Bytes(long number) => Encoding.UTF8.GetBytes(Text(number));
}

/// <summary>Replies as text.</summary>
internal static class Resp
{
    public static string Text(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => "",
    };
}

/// <summary>An invariant does not hold.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "An invariant says what is wrong.")]
public sealed class InvariantException : Exception
{
    internal InvariantException(string message)
        : base(message)
    {
    }
}
