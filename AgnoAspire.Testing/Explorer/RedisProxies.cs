using System.Reflection;
using StackExchange.Redis;

namespace AgnoAspire.Testing.Explorer;

#pragma warning disable CA1852 // The proxies are derived from at run time.

/// <summary>The client of StackExchange.Redis as the product uses it, over simulated connections. Anything else it may call fails the run.</summary>
internal class MultiplexerProxy : DispatchProxy
{
    private SimulatedConnection commands = null!;
    private SimulatedConnection subscriptions = null!;
    private IDatabase database = null!;
    private ISubscriber subscriber = null!;

    public static IConnectionMultiplexer Create(SimulatedConnection commands, SimulatedConnection subscriptions)
    {
        var proxy = Create<IConnectionMultiplexer, MultiplexerProxy>();
        var self = (MultiplexerProxy)(object)proxy;
        (self.commands, self.subscriptions) = (commands, subscriptions);
        self.database = Create<IDatabase, DatabaseProxy>();
        ((DatabaseProxy)(object)self.database).Connection = commands;
        self.subscriber = Create<ISubscriber, SubscriberProxy>();
        ((SubscriberProxy)(object)self.subscriber).Open(commands, subscriptions);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        switch (targetMethod!.Name)
        {
            case "GetDatabase":
                return database;
            case "GetSubscriber":
                return subscriber;
            case "get_IsConnected":
                return !commands.IsDown;
            case "add_ConnectionRestored":
                commands.Process.ConnectionRestored += (EventHandler<ConnectionFailedEventArgs>)args![0]!;
                return null;
            case "add_ConnectionFailed" or "remove_ConnectionRestored":
                return null;
            default:
                throw new NotSupportedException(targetMethod.Name);
        }
    }
}

/// <summary>The commands that the product uses.</summary>
internal class DatabaseProxy : DispatchProxy
{
    public SimulatedConnection Connection { get; set; } = null!;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        switch (targetMethod!.Name)
        {
            case "ScriptEvaluateAsync" when args is [string script, RedisKey[] keys, RedisValue[] values, ..]:
                byte[][] all = [Text(keys.Length), .. keys.Select(static key => Bytes(key)), .. values.Select(static value => Bytes(value))];
                return ReadAsync(Connection.SendAsync("EVAL", script, all), ToResult);
            case "HashGetAsync" when args![1] is RedisValue[] fields:
                return ReadAsync(Connection.SendAsync("HMGET", null, [Bytes((RedisKey)args[0]!), .. fields.Select(static field => Bytes(field))]), ToValues);
            case "HashGetAsync":
                return SendAsync("HGET", args, 2, ToValue);
            case "HashExistsAsync":
                return SendAsync("HEXISTS", args, 2, static reply => (long)reply! == 1);
            case "HashSetAsync":
                return SendAsync("HSET", args, 3, static reply => (long)reply! == 1);
            case "ListLengthAsync":
                return SendAsync("LLEN", args, 1, static reply => (long)reply!);
            case "ListRangeAsync":
                return SendAsync("LRANGE", args, 3, ToValues);
            case "ListLeftPushAsync":
                return SendAsync("LPUSH", args, 2, static reply => (long)reply!);
            case "SortedSetLengthAsync":
                return SendAsync("ZCARD", args, 1, static reply => (long)reply!);
            case "SortedSetRankAsync":
                return SendAsync("ZRANK", args, 2, static reply => (long?)reply);
            case "SortedSetScoreAsync":
                return SendAsync("ZSCORE", args, 2, ToScore);
            case "SortedSetRemoveAsync":
                return SendAsync("ZREM", args, 2, static reply => (long)reply! == 1);
            case "SortedSetRangeByRankWithScoresAsync":
                byte[][] range = [Bytes((RedisKey)args![0]!), Text((long)args[1]!), Text((long)args[2]!), "WITHSCORES"u8.ToArray()];
                return ReadAsync(Connection.SendAsync("ZREVRANGE", null, range), ToEntries);
            case "ExecuteAsync" when args is ["BLPOP", object[] arguments, ..]:
                return ReadAsync(Connection.SendAsync("BLPOP", null, Bytes((RedisKey)arguments[0]), Encoding.UTF8.GetBytes((string)arguments[1])), ToResult);
            default:
                throw new NotSupportedException(targetMethod.Name);
        }
    }

    private static byte[] Bytes(RedisKey key) => (byte[])key!;

    private static byte[] Bytes(RedisValue value) => (byte[]?)value ?? [];

    private static byte[] Bytes(object? argument) => argument switch
    {
        RedisKey key => Bytes(key),
        RedisValue value => Bytes(value),
        _ => Encoding.UTF8.GetBytes(Convert.ToString(argument, CultureInfo.InvariantCulture)!),
    };

    private static byte[] Text(long number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static RedisValue ToValue(object? reply) => reply switch
    {
        byte[] bytes => bytes,
        long number => number,
        _ => RedisValue.Null,
    };

    private static double? ToScore(object? reply) => reply is null ? null : double.Parse(Resp.Text(reply), CultureInfo.InvariantCulture);

    private static RedisValue[] ToValues(object? reply) => [.. ((object?[])reply!).Select(ToValue)];

    private static RedisResult ToResult(object? reply) => reply is object?[] items
        ? RedisResult.Create([.. items.Select(ToResult)])
        : RedisResult.Create(ToValue(reply), reply is long ? ResultType.Integer : ResultType.BulkString);

    private static SortedSetEntry[] ToEntries(object? reply) => [.. ((object?[])reply!).Chunk(2)
        .Select(pair => new SortedSetEntry(ToValue(pair[0]), ToScore(pair[1])!.Value))];

    private static async Task<T> ReadAsync<T>(Task<object?> reply, Func<object?, T> read) => read(await reply);

    private Task<T> SendAsync<T>(string command, object?[]? args, int count, Func<object?, T> read) =>
        ReadAsync(Connection.SendAsync(command, null, [.. args!.Take(count).Select(static argument => Bytes(argument))]), read);
}

/// <summary>Publish/subscribe.</summary>
internal class SubscriberProxy : DispatchProxy
{
    private SimulatedConnection commands = null!;
    private SimulatedConnection subscriptions = null!;

    public void Open(SimulatedConnection forCommands, SimulatedConnection forSubscriptions) => (commands, subscriptions) = (forCommands, forSubscriptions);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        "SubscribeAsync" when args!.Length == 2 => subscriptions.SubscribeAsync((RedisChannel)args[0]!),
        "PublishAsync" => PublishAsync((RedisChannel)args![0]!, (RedisValue)args[1]!),
        _ => throw new NotSupportedException(targetMethod.Name),
    };

    private async Task<long> PublishAsync(RedisChannel channel, RedisValue message) =>
        (long)(await commands.SendAsync("PUBLISH", null, Encoding.UTF8.GetBytes(channel.ToString()), (byte[])message!))!;
}
