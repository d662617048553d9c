using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>The jobs that failed after the maximum number of attempts, for an operator to list and redrive.</summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
/// <param name="redis">The connection.</param>
/// <param name="keys">The key names.</param>
/// <param name="jobs">The job records.</param>
/// <param name="admitter">Admits the redriven jobs.</param>
public sealed class DeadLetterQueue(RedisConnection redis, RedisKeys keys, JobStore jobs, JobAdmitter admitter)
{
    private const string Fingerprint = "redriven";

    /// <summary>Lists dead letters, the newest first.</summary>
    /// <param name="count">The maximum number.</param>
    /// <returns>The dead letters whose job records still exist.</returns>
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
    /// Runs a dead letter again, as a new job of the same caller: its own stream has ended and stays as it is. The new job has an id of its
    /// own that follows from the old one, so a redrive that was refused or interrupted can be repeated. The letter goes when the new job is
    /// accepted.
    /// </summary>
    /// <param name="jobId">The dead job.</param>
    /// <returns>The new job's id and the result of the queue; <see langword="null"/> when there is no such letter.</returns>
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
        var admission = await jobs.CreateAsync(job);
        var ticket = admission.IsAccepted
            ? new EnqueueResult(EnqueueStatus.Accepted, -1, TimeSpan.Zero)
            : await admitter.EnqueueAsync(job, admission);
        if (ticket.Status == EnqueueStatus.Accepted)
        {
            await redis.RunAsync(database => database.SortedSetRemoveAsync(keys.Dead, jobId));
        }

        return (job.Id, ticket);
    }
}
