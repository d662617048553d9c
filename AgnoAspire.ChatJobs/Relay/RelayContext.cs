using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.ChatJobs.Telemetry;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>What live streams share: Redis, the clock and the instruments.</summary>
internal sealed class RelayContext(IConnectionMultiplexer redis, RedisKeys keys, StreamLog log, JobStore jobs, ChatJobsMetrics metrics, TimeProvider time)
{
    public ISubscriber Subscriber { get; } = redis.GetSubscriber();

    public RedisKeys Keys => keys;

    public StreamLog Log => log;

    public TimeProvider Time => time;

    public ChatJobsMetrics Metrics => metrics;

    /// <summary>Whether no terminal chunk can come any more: the job is gone, or its log has expired.</summary>
    public async Task<bool> IsGoneAsync(string jobId) => await jobs.ReadAsync(jobId) is null or { HasExpired: true };
}
