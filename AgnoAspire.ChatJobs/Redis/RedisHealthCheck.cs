using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Healthy while Redis does what jobs need: a script that writes and publishes. Degraded while Redis may evict streams.</summary>
internal sealed class RedisHealthCheck(RedisConnection redis, RedisKeys keys) : IHealthCheck
{
    private const string Policy = "maxmemory_policy:";
    private static readonly TimeSpan KeyTtl = TimeSpan.FromSeconds(10);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!redis.IsConnected)
            {
                return HealthCheckResult.Unhealthy(redis.LastFailure.Advice);
            }

            await redis.EvaluateAsync(RedisScripts.CheckHealth, [keys.Health], [keys.Health.ToString(), RedisTime.Milliseconds(KeyTtl)])
                .WaitAsync(cancellationToken);
            redis.ForgetFailures();
            return await ReadEvictionPolicyAsync() is not (null or "noeviction") and var policy
                ? HealthCheckResult.Degraded($"maxmemory-policy of Redis is {policy}, which loses streams silently. Set it to noeviction.")
                : HealthCheckResult.Healthy();
        }
        catch (ChatJobsUnavailableException)
        {
            return HealthCheckResult.Unhealthy(redis.LastFailure.Advice);
        }
    }

    // Null: the user may not ask, or the server does not say.
    private async Task<string?> ReadEvictionPolicyAsync()
    {
        try
        {
            var memory = (string?)await redis.Multiplexer.GetDatabase().ExecuteAsync("INFO", "memory") ?? "";
            return memory.Split('\n').FirstOrDefault(line => line.StartsWith(Policy, StringComparison.Ordinal))?[Policy.Length..].Trim();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return null;
        }
    }
}
