using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Healthy while Redis answers a PING.</summary>
internal sealed class RedisHealthCheck(RedisConnection redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (redis.IsConnected)
            {
                await redis.RunAsync(database => database.PingAsync()).WaitAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
        }
        catch (ChatJobsUnavailableException)
        {
            return HealthCheckResult.Unhealthy("Redis does not answer.");
        }

        return HealthCheckResult.Unhealthy("Redis is not connected.");
    }
}
