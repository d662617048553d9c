using System.Runtime.CompilerServices;
using AgnoAspire.ChatJobs.Redis;

namespace AgnoAspire.ChatJobs.Cancellation;

/// <summary>Carries cancels to the workers that run the jobs. One that gets lost is found by the worker's next append or pulse.</summary>
public sealed class CancellationChannel(RedisConnection redis, RedisKeys keys)
{

    /// <summary>Tells all workers that a job was cancelled.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    public Task PublishAsync(string jobId) => redis.PublishAsync(keys.Cancels, jobId);

    /// <summary>Hears of cancelled jobs.</summary>
    /// <param name="cancellationToken">Ends the listening.</param>
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
