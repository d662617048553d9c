using System.Runtime.CompilerServices;

namespace AgnoAspire.ChatJobs.Cancellation;

/// <summary>Notifies the workers of cancelled jobs. A lost notification is found by the worker's next append or heartbeat.</summary>
public sealed class CancellationChannel(RedisConnection redis, RedisKeys keys)
{

    /// <summary>Notifies all workers that a job was cancelled.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    public Task PublishAsync(string jobId) => redis.PublishAsync(keys.Cancels, jobId);

    /// <summary>Subscribes to the cancelled jobs.</summary>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <returns>The ids, as they come.</returns>
    public async IAsyncEnumerable<string> SubscribeAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var queue = await redis.SubscribeAsync(keys.Cancels);
        await foreach (var message in queue.WithCancellation(cancellationToken))
        {
            yield return message.Message.ToString();
        }
    }
}
