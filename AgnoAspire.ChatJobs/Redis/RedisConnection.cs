using Microsoft.Extensions.Logging;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>
/// Runs commands on Redis; reports every outage as <see cref="ChatJobsUnavailableException"/>, and logs each reason once until Redis is healthy again.
/// </summary>
public sealed partial class RedisConnection
{
    private static readonly TimeSpan ElectionInterval = TimeSpan.FromSeconds(0.5);

    private readonly ConcurrentDictionary<string, bool> logged = new();
    private readonly ChatJobsMetrics metrics;
    private readonly ILogger logger;
    private int electing;

    /// <summary>Creates the connection.</summary>
    /// <param name="multiplexer">The client.</param>
    /// <param name="metrics">The instruments.</param>
    /// <param name="logger">The log.</param>
    public RedisConnection(IConnectionMultiplexer multiplexer, ChatJobsMetrics metrics, ILogger<RedisConnection> logger)
    {
        Multiplexer = multiplexer;
        this.metrics = metrics;
        this.logger = logger;
        multiplexer.ConnectionFailed += (_, failure) => Report(failure.Exception ?? new RedisException(""));
    }

    internal bool IsConnected => Multiplexer.IsConnected;

    internal IConnectionMultiplexer Multiplexer { get; }

    internal Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments) =>
        RunAsync((script, keys, arguments), static (database, call) => database.ScriptEvaluateAsync(call.script, call.keys, call.arguments));

    internal Task RunAsync(Func<IDatabase, Task> command) => RunAsync(command, static async (database, run) =>
    {
        await run(database);
        return true;
    });

    internal Task<T> RunAsync<T>(Func<IDatabase, Task<T>> command) => RunAsync(command, static (database, run) => run(database));

    internal Task<ChannelMessageQueue> SubscribeAsync(RedisChannel channel) =>
        RunAsync(_ => Multiplexer.GetSubscriber().SubscribeAsync(channel));

    internal Task PublishAsync(RedisChannel channel, RedisValue message) => RunAsync(_ => Multiplexer.GetSubscriber().PublishAsync(channel, message));

    /// <summary>Lets the next failure of any kind be logged again.</summary>
    internal void ForgetFailures() => logged.Clear();

    /// <summary>Counts a failure, and logs one of its kind.</summary>
    internal RedisFailure Report(Exception failure)
    {
        var cause = RedisFailure.Of(failure);
        metrics.RedisFailed(cause.Code);
        if (logged.TryAdd(cause.Code, true))
        {
            LogFailure(cause.Code, cause.Advice);
        }

        if (cause.Code is "READONLY" or "NOREPLICAS" && Interlocked.Exchange(ref electing, 1) == 0)
        {
            _ = ElectPrimaryAsync();
        }

        return cause;
    }

    // After the promotion of a replica two servers can say that they are the primary, for ten seconds with Sentinel. The client takes the one that
    // most servers name in its tie-breaker key, so each is asked to name itself: the one that has lost its replicas refuses (min-replicas-to-write).
    private async Task ElectPrimaryAsync()
    {
        try
        {
            var primaries = Multiplexer.GetServers()
                .Where(server => server.IsConnected && !server.IsReplica && server.ServerType == ServerType.Standalone).ToArray();
            foreach (var primary in primaries.Length > 1 ? primaries : [])
            {
                RedisKey tieBreaker = RedisExtensions.TieBreaker;
                Task naming = primary.ExecuteAsync("SET", [tieBreaker, EndPointCollection.ToString(primary.EndPoint)], CommandFlags.NoRedirect);
                await naming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }

            await Multiplexer.ConfigureAsync();
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            // The next refusal tries again.
        }
        finally
        {
            // Commands fail by the thousand while there is no primary; twice a second is enough.
            await Task.Delay(ElectionInterval, TimeProvider.System);
            Volatile.Write(ref electing, 0);
        }
    }

    private async Task<T> RunAsync<T, TState>(TState state, Func<IDatabase, TState, Task<T>> command)
    {
        try
        {
            return await command(Multiplexer.GetDatabase(), state);
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
        {
            Report(exception);
            throw ChatJobsUnavailableException.From(exception);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Code}: {Advice} Further failures of this kind are only counted (agno.redis.failures) until /health is healthy again.")]
    private partial void LogFailure(string code, string advice);
}
