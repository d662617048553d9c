using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>The keys that replicas share to sign and to check what they hand out; opaque texts here. Not asynchronous, because who reads them is not.</summary>
public sealed class KeyRing
{
    private readonly IConnectionMultiplexer redis;
    private readonly RedisKeys keys;

    internal KeyRing(IConnectionMultiplexer redis, RedisKeys keys)
    {
        this.redis = redis;
        this.keys = keys;
    }

    /// <summary>Reads all keys, oldest first.</summary>
    /// <returns>The keys.</returns>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public IReadOnlyList<string> Read() => Array.ConvertAll(Database().ListRange(keys.KeyRing), key => key.ToString());

    /// <summary>Adds a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public void Add(string key) => Database().ListRightPush(keys.KeyRing, key);

    // Refusing at once spares a service that starts without its Redis the client's time limit.
    private IDatabase Database() => redis.IsConnected
        ? redis.GetDatabase()
        : throw new RedisException("Redis is not connected.");
}
