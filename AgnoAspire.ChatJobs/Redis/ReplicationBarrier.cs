using Microsoft.Extensions.Configuration;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>
/// Finds out whether a replica has what was written: writes a key after it and waits for a replica to acknowledge that one (WAIT), which covers
/// everything the same primary took before. WAIT blocks its connection and counts the writes of that one only, so the barrier has one of its own.
/// </summary>
/// <param name="configuration">Has the connection string.</param>
/// <param name="keys">The key names.</param>
/// <param name="redis">Logs why Redis refuses.</param>
public sealed class ReplicationBarrier(IConfiguration configuration, RedisKeys keys, RedisConnection redis) : IAsyncDisposable
{
    private const string MaxWaitMilliseconds = "500";
    private const string KeyTtlMilliseconds = "10000";

    private ConnectionMultiplexer? connection;

    /// <summary>
    /// Returns those of the jobs whose writes up to now a replica has; all of them where there are no replicas, or the server cannot tell (Garnet,
    /// or a user without the right to WAIT).
    /// </summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public async Task<IReadOnlyCollection<string>> PassAsync(IEnumerable<string> jobIds)
    {
        connection ??= await configuration.ConnectSeparatelyAsync();
        var servers = connection.GetServers();
        var cluster = servers.FirstOrDefault(server => server.ServerType == ServerType.Cluster)?.ClusterConfiguration;
        var passed = new List<string>();
        foreach (var jobs in jobIds.GroupBy(id => cluster?.GetBySlot(keys.Barrier(id))?.EndPoint))
        {
            var primaries = servers.Where(server => server.IsConnected && !server.IsReplica && (jobs.Key is null || Equals(server.EndPoint, jobs.Key)));

            // Two of them, while one replaces the other: which one the writes went to is not known.
            if (primaries.ToArray() is [var primary] && await PassAsync(primary, keys.Barrier(jobs.First())))
            {
                passed.AddRange(jobs);
            }
        }

        return passed;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task<bool> PassAsync(IServer primary, RedisKey key)
    {
        try
        {
            // Not redirected: the two commands must reach the same server on the same connection.
            var hasReplicas = (int)await primary.ExecuteAsync("EVAL", [RedisScripts.Barrier, "1", key, KeyTtlMilliseconds], CommandFlags.NoRedirect) == 1;
            return !hasReplicas || (int)await primary.ExecuteAsync("WAIT", ["1", MaxWaitMilliseconds], CommandFlags.NoRedirect) > 0;
        }
        catch (RedisServerException exception)
        {
            return redis.Report(exception).Code is "NOPERM" or "ERR";
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
        {
            redis.Report(exception);
            return false;
        }
    }
}
