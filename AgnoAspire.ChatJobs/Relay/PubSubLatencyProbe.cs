using System.Buffers.Binary;
using System.Threading.Channels;
using AgnoAspire.ChatJobs.Jobs;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>
/// Measures the relay's lag: a message of our own, through the connections that carry the chunks, to Redis and back. One process' clock
/// measures both ends, so no two clocks have to agree.
/// </summary>
internal sealed class PubSubLatencyProbe(RedisConnection redis, RedisKeys keys, ChatJobsMetrics metrics, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly RedisChannel channel = keys.Probe(JobId.New());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        ChannelMessageQueue? messages = null;
        var listening = Task.CompletedTask;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    if (metrics.IsLagWatched && messages is null)
                    {
                        messages = await redis.SubscribeAsync(channel);
                        listening = ListenAsync(messages, stoppingToken);
                    }

                    await (metrics.IsLagWatched ? redis.PublishAsync(channel, Stamp()) : Task.CompletedTask);
                }
                catch (ChatJobsUnavailableException)
                {
                    // Redis is away: there is no relay to measure.
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await listening;
        }
    }

    private byte[] Stamp()
    {
        var stamp = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(stamp, time.GetTimestamp());
        return stamp;
    }

    private async Task ListenAsync(ChannelMessageQueue messages, CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var sent = (byte[])(await messages.ReadAsync(stoppingToken)).Message!;
                metrics.Lagged(time.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(sent)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ChannelClosedException)
        {
            // The host stops.
        }
    }
}
