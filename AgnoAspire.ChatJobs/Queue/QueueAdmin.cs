using AgnoAspire.ChatJobs.Redis;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>What an operator does with the queue: look at it, pause it, let it run again.</summary>
/// <remarks>Every member throws <see cref="RedisException"/> or <see cref="TimeoutException"/> while Redis is away.</remarks>
public sealed class QueueAdmin
{
    private const string Paused = "paused";

    private readonly IConnectionMultiplexer redis;
    private readonly RedisKeys keys;

    internal QueueAdmin(IConnectionMultiplexer redis, RedisKeys keys)
    {
        this.redis = redis;
        this.keys = keys;
    }

    private IDatabase Database => redis.GetDatabase();

    /// <summary>Stops workers from claiming jobs; running ones go on, new ones wait. It lasts, also across restarts, until <see cref="ResumeAsync"/>.</summary>
    /// <returns>A task that ends when it is so.</returns>
    public Task PauseAsync() => Database.HashSetAsync(keys.State, Paused, "1");

    /// <summary>Lets workers claim again.</summary>
    /// <returns>How many jobs wait for them.</returns>
    public async Task<long> ResumeAsync() => (long)await Database.ScriptEvaluateAsync(RedisScripts.Resume, [keys.State, keys.Waiting, keys.Notify]);

    /// <summary>Reads the queue.</summary>
    /// <returns>The reading.</returns>
    public async Task<QueueStats> ReadAsync()
    {
        var waiting = Database.SortedSetLengthAsync(keys.Waiting);
        var claimed = Database.SortedSetLengthAsync(keys.Leases);
        var dead = Database.SortedSetLengthAsync(keys.Dead);
        var paused = Database.HashExistsAsync(keys.State, Paused);
        return new QueueStats(await waiting, await claimed, await dead, await paused);
    }
}
