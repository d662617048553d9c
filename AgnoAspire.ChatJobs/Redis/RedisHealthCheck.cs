using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgnoAspire.ChatJobs.Redis;

/// <summary>Healthy while Redis does what jobs need: a script that writes and publishes. Degraded while Redis may evict streams.</summary>
internal sealed class RedisHealthCheck(RedisConnection redis, RedisKeys keys, IConfiguration configuration) : IHealthCheck
{
    private static readonly TimeSpan KeyTtl = TimeSpan.FromSeconds(10);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!redis.IsConnected)
            {
                return HealthCheckResult.Unhealthy((await FindFailureAsync().WaitAsync(cancellationToken)).Advice);
            }

            var policy = (string?)await redis.EvaluateAsync(RedisScripts.CheckHealth, [keys.Health], [keys.Health.ToString(), RedisTime.Milliseconds(KeyTtl)])
                .WaitAsync(cancellationToken);
            redis.ForgetFailures();
            return policy is not ("" or "noeviction")
                ? HealthCheckResult.Degraded($"maxmemory-policy of Redis is {policy}, which loses streams silently. Set it to noeviction.")
                : HealthCheckResult.Healthy();
        }
        catch (ChatJobsUnavailableException exception)
        {
            return HealthCheckResult.Unhealthy(RedisFailure.Of(exception).Advice);
        }
    }

    // The client tells why it cannot connect only once, and not if it gave up before the server had answered; so this asks again.
    private async Task<RedisFailure> FindFailureAsync()
    {
        try
        {
            await using var attempt = await configuration.ConnectSeparatelyAsync(mayConnectLater: false);
            return RedisFailure.Unreachable;
        }
        catch (ChatJobsUnavailableException exception)
        {
            return redis.Report(exception);
        }
    }
}
