namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Runs commands on Redis; reports every outage as <see cref="ChatJobsUnavailableException"/>.</summary>
/// <param name="multiplexer">The connection.</param>
public sealed class RedisConnection(IConnectionMultiplexer multiplexer)
{
    internal bool IsConnected => multiplexer.IsConnected;

    internal IConnectionMultiplexer Multiplexer => multiplexer;

    internal Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments) =>
        RunAsync((script, keys, arguments), static (database, call) => database.ScriptEvaluateAsync(call.script, call.keys, call.arguments));

    internal Task RunAsync(Func<IDatabase, Task> command) => RunAsync(command, static async (database, run) =>
    {
        await run(database);
        return true;
    });

    internal Task<T> RunAsync<T>(Func<IDatabase, Task<T>> command) => RunAsync(command, static (database, run) => run(database));

    internal Task<ChannelMessageQueue> SubscribeAsync(RedisChannel channel) =>
        RunAsync(_ => multiplexer.GetSubscriber().SubscribeAsync(channel));

    internal Task PublishAsync(RedisChannel channel, RedisValue message) => RunAsync(_ => multiplexer.GetSubscriber().PublishAsync(channel, message));

    private async Task<T> RunAsync<T, TState>(TState state, Func<IDatabase, TState, Task<T>> command)
    {
        try
        {
            return await command(multiplexer.GetDatabase(), state);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            throw ChatJobsUnavailableException.From(exception);
        }
    }
}
