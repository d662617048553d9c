namespace AgnoAspire.ChatJobs.Queue;

/// <summary>What an operator does with the queue: look at it, pause it, let it run again.</summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class QueueAdmin(RedisConnection redis, RedisKeys keys)
{
    private const string Paused = "paused";

    /// <summary>Stops workers from claiming jobs; running ones go on, new ones wait. It lasts, also across restarts, until <see cref="ResumeAsync"/>.</summary>
    public Task PauseAsync() => redis.RunAsync(database => database.HashSetAsync(keys.State, Paused, "1"));

    /// <summary>Lets workers claim again; returns how many jobs wait for them.</summary>
    public async Task<long> ResumeAsync() => (long)await redis.EvaluateAsync(RedisScripts.Resume, [keys.State, keys.Waiting, keys.Notify], []);

    /// <summary>Reads the queue.</summary>
    public async Task<QueueStats> ReadAsync()
    {
        var waiting = redis.RunAsync(database => database.SortedSetLengthAsync(keys.Waiting));
        var claimed = redis.RunAsync(database => database.SortedSetLengthAsync(keys.Leases));
        var dead = redis.RunAsync(database => database.SortedSetLengthAsync(keys.Dead));
        var paused = redis.RunAsync(database => database.HashExistsAsync(keys.State, Paused));
        return new QueueStats(await waiting, await claimed, await dead, await paused);
    }
}
