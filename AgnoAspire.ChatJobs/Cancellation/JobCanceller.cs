using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Streams;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Cancellation;

/// <summary>Cancels jobs, wherever they are: a waiting one is taken out of the queue and ended here, a running one is ended by its worker.</summary>
public sealed class JobCanceller
{
    private readonly IConnectionMultiplexer redis;
    private readonly RedisKeys keys;
    private readonly JobQueue queue;
    private readonly StreamLog log;
    private readonly CancellationChannel wire;
    private readonly ChatJobsOptions options;

    internal JobCanceller(
        IConnectionMultiplexer redis, RedisKeys keys, JobQueue queue, StreamLog log, CancellationChannel wire, IOptions<ChatJobsOptions> options)
    {
        this.redis = redis;
        this.keys = keys;
        this.queue = queue;
        this.log = log;
        this.wire = wire;
        this.options = options.Value;
    }

    /// <summary>Cancels a job; one that has ended stays as it is.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>False when there is no such job.</returns>
    /// <exception cref="RedisException">Redis is away.</exception>
    public Task<bool> CancelAsync(string jobId) => CancelAsync(jobId, graceMilliseconds: -1);

    /// <summary>Cancels a job that nobody has watched for longer than the grace and whose policy does not let it go on alone.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>A task that ends when it was looked at.</returns>
    /// <exception cref="RedisException">Redis is away.</exception>
    public Task CancelIfAbandonedAsync(string jobId) => CancelAsync(jobId, JobStore.Milliseconds(options.DisconnectGracePeriod));

    private async Task<bool> CancelAsync(string jobId, long graceMilliseconds)
    {
        var code = (int)await redis.GetDatabase().ScriptEvaluateAsync(
            RedisScripts.Cancel, [keys.Job(jobId), keys.Viewers(jobId)], [graceMilliseconds]);
        if (code == 1)
        {
            await EndAsync(jobId);
        }

        return code >= 0;
    }

    // The mark is set: from here on whoever claims the job ends it, so dying between these steps loses nothing.
    private async Task EndAsync(string jobId)
    {
        if (await queue.ClaimWaitingAsync(jobId) is not { } claim)
        {
            await wire.PublishAsync(jobId);
            return;
        }

        if (await log.StartAsync(claim, nameof(JobCanceller)) is { } job)
        {
            await using var writer = log.OpenWriter(job, await log.ReadAllAsync(jobId));
            await writer.CompleteAsync(FinishReason.Cancelled, usage: null, error: null);
        }

        await queue.ReleaseAsync(claim);
    }
}
