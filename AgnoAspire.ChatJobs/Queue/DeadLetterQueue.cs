using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Redis;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>The jobs that were tried as often as allowed, for an operator to look at and to run again.</summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class DeadLetterQueue(RedisConnection redis, RedisKeys keys, JobStore jobs, JobQueue queue)
{
    private const string Fingerprint = "redriven";


    /// <summary>Lists dead letters, the newest first.</summary>
    /// <param name="count">The most wanted.</param>
    /// <returns>The letters; those whose jobs have been forgotten are left out.</returns>
    public async Task<IReadOnlyList<DeadLetter>> ListAsync(int count)
    {
        var entries = await redis.RunAsync(database => database.SortedSetRangeByRankWithScoresAsync(keys.Dead, 0, count - 1, Order.Descending));
        var letters = await Task.WhenAll(entries.Select(async entry =>
        {
            var id = entry.Element.ToString();
            return await jobs.ReadAsync(id) is { } job
                ? new DeadLetter(id, job.Owner, job.Model, DateTimeOffset.FromUnixTimeMilliseconds((long)entry.Score))
                : null;
        }));
        return [.. letters.OfType<DeadLetter>()];
    }

    /// <summary>
    /// Runs a dead letter again, as a new job of the same caller: its own stream has ended and stays as it is. Doing it again leads to the
    /// same new job.
    /// </summary>
    /// <param name="jobId">The dead job.</param>
    /// <returns>The new job's id and what the queue said; <see langword="null"/> when there is no such letter.</returns>
    public async Task<(string JobId, EnqueueResult Ticket)?> RedriveAsync(string jobId)
    {
        if (await redis.RunAsync(database => database.SortedSetScoreAsync(keys.Dead, jobId)) is null
            || await jobs.ReadAsync(jobId) is not { } dead
            || await jobs.ReadCompletionAsync(jobId) is not { } completion)
        {
            return null;
        }

        var job = new NewJob
        {
            Id = JobId.Of(dead.Owner, $"redrive {jobId}"),
            Owner = dead.Owner,
            Completion = completion,
            Provider = dead.Provider,
            OnDisconnect = DisconnectPolicy.Continue,
            Fingerprint = Fingerprint,
        };
        await jobs.CreateAsync(job);
        var ticket = await queue.EnqueueAsync(job.Id, job.Owner);
        if (ticket.Status == EnqueueStatus.Accepted)
        {
            await redis.RunAsync(database => database.SortedSetRemoveAsync(keys.Dead, jobId));
        }

        return (job.Id, ticket);
    }
}
