using System.Globalization;
using AgnoAspire.ChatJobs.Redis;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>
/// Waits for work without asking again and again: a blocking pop wakes exactly one worker a job. It blocks its connection, so it has one
/// of its own. A ring that is lost is covered by the time limit, after which the worker looks by itself.
/// </summary>
public sealed class JobNotifier : IAsyncDisposable
{
    // Below the client's time limit for a command (5 seconds), or a popped ring would be lost to it.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly IConfiguration configuration;
    private readonly RedisKeys keys;
    private ConnectionMultiplexer? connection;

    internal JobNotifier(IConfiguration configuration, RedisKeys keys)
    {
        this.configuration = configuration;
        this.keys = keys;
    }

    /// <summary>Waits until there is probably work, a second at most.</summary>
    /// <returns>True when the bell rang, false when the time was up.</returns>
    /// <exception cref="RedisException">Redis is away.</exception>
    public async Task<bool> WaitAsync()
    {
        connection ??= await configuration.ConnectApartAsync();
        var reply = await connection.GetDatabase().ExecuteAsync(
            "BLPOP", keys.Notify, Longest.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        return !reply.IsNull;
    }

    /// <summary>Rings for a job this worker was woken for and cannot take.</summary>
    /// <returns>A task that ends when the ring is in Redis.</returns>
    public Task RenotifyAsync() => connection is null ? Task.CompletedTask : connection.GetDatabase().ListLeftPushAsync(keys.Notify, "1");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }
}
