using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>
/// Waits for a job with BLPOP, which wakes one worker per job. It blocks its connection, so it has one of its own. The timeout covers a lost
/// notification.
/// </summary>
/// <param name="configuration">Has the connection string.</param>
/// <param name="keys">The key names.</param>
/// <param name="metrics">The instruments.</param>
/// <param name="logger">The log.</param>
public sealed class JobNotifier(IConfiguration configuration, RedisKeys keys, ChatJobsMetrics metrics, ILogger<RedisConnection> logger) : IAsyncDisposable
{
    // Below the client's timeout for a command (5 seconds): a notification that arrives after it would be lost.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private RedisConnection? redis;

    /// <summary>Waits for a notification, a second at most; false when the time was up.</summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public async Task<bool> WaitAsync()
    {
        redis ??= new RedisConnection(await configuration.ConnectSeparatelyAsync(), metrics, logger);
        var reply = await redis.RunAsync(database => database.ExecuteAsync(
            "BLPOP", keys.Notify, MaxWait.TotalSeconds.ToString(CultureInfo.InvariantCulture)));
        return !reply.IsNull;
    }

    /// <summary>Passes the notification on to another worker.</summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public Task RenotifyAsync() =>
        redis is null ? Task.CompletedTask : redis.RunAsync(database => database.ListLeftPushAsync(keys.Notify, "1"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (redis is not null)
        {
            await redis.Multiplexer.DisposeAsync();
        }
    }
}
