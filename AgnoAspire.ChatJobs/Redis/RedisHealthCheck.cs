using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Healthy while Redis does what jobs need: a script that writes and publishes. Degraded while Redis may evict streams.</summary>
internal sealed class RedisHealthCheck(RedisConnection redis, RedisKeys keys) : IHealthCheck
{
    private static readonly TimeSpan KeyTtl = TimeSpan.FromSeconds(10);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!redis.IsConnected)
            {
                return HealthCheckResult.Unhealthy(redis.LastFailure.Advice);
            }

            var policy = (string?)await redis.EvaluateAsync(RedisScripts.CheckHealth, [keys.Health], [keys.Health.ToString(), RedisTime.Milliseconds(KeyTtl)])
                .WaitAsync(cancellationToken);
            redis.ForgetFailures();
            return policy is not ("" or "noeviction")
                ? HealthCheckResult.Degraded($"maxmemory-policy of Redis is {policy}, which loses streams silently. Set it to noeviction.")
                : HealthCheckResult.Healthy();
        }
        catch (ChatJobsUnavailableException)
        {
            return HealthCheckResult.Unhealthy(redis.LastFailure.Advice);
        }
    }
}
