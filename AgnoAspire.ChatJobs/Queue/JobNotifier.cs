using Microsoft.Extensions.Configuration;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>
/// Waits for a job with BLPOP, which wakes one worker per job. It blocks its connection, so it has one of its own. The timeout covers a lost
/// notification.
/// </summary>
public sealed class JobNotifier(IConfiguration configuration, RedisKeys keys) : IAsyncDisposable
{
    // Below the client's timeout for a command (5 seconds): a notification that arrives after it would be lost.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private ConnectionMultiplexer? multiplexer;

    /// <summary>Waits for a notification, a second at most; false when the time was up.</summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public async Task<bool> WaitAsync()
    {
        multiplexer ??= await configuration.ConnectSeparatelyAsync();
        var reply = await new RedisConnection(multiplexer).RunAsync(database => database.ExecuteAsync(
            "BLPOP", keys.Notify, MaxWait.TotalSeconds.ToString(CultureInfo.InvariantCulture)));
        return !reply.IsNull;
    }

    /// <summary>Passes the notification on to another worker.</summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public Task RenotifyAsync() =>
        multiplexer is null ? Task.CompletedTask : new RedisConnection(multiplexer).RunAsync(database => database.ListLeftPushAsync(keys.Notify, "1"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (multiplexer is not null)
        {
            await multiplexer.DisposeAsync();
        }
    }
}
