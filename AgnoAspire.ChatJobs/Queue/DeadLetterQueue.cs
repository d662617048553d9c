using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.ChatJobs.Queue;

/// <summary>The jobs that failed after the maximum number of attempts, for an operator to list and redrive.</summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class DeadLetterQueue(RedisConnection redis, RedisKeys keys, JobStore jobs, JobAdmitter admitter)
{
    private const string Fingerprint = "redriven";

    /// <summary>Lists the newest dead letters whose job records still exist, the newest first.</summary>
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
    /// accepted. <see langword="null"/> when there is no such letter.
    /// </summary>
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

/// <summary>A job that was tried as often as allowed; its stream has ended with <see cref="ErrorCode.AttemptsExhausted"/>.</summary>
public sealed record DeadLetter(string JobId, string Owner, string Model, DateTimeOffset FailedAt);
