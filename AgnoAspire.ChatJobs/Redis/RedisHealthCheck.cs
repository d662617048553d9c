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
            if (await FindWrongUserAsync().WaitAsync(cancellationToken) is { } wrong)
            {
                return HealthCheckResult.Unhealthy(wrong.Advice);
            }

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

    // A client whose user is refused goes on as the default user, who may do everything in a Redis without passwords.
    private async Task<RedisFailure?> FindWrongUserAsync()
    {
        if (RedisConnectionString.Parse(configuration.GetConnectionString(RedisExtensions.ConnectionName)!).User is not { Length: > 0 } user)
        {
            return null;
        }

        try
        {
            var actual = (string?)await redis.Multiplexer.GetDatabase().ExecuteAsync("ACL", "WHOAMI");
            return actual == user ? null : redis.Report(new RedisException("WRONGPASS Commands run as another user."));
        }
        catch (RedisServerException)
        {
            // A user who may not ask is no open default user; a server without ACL has only one user.
            return null;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            throw ChatJobsUnavailableException.From(exception);
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
