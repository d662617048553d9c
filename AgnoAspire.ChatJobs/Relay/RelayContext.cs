using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ChatJobs.Relay;

/// <summary>What all live streams of this process share.</summary>
/// <param name="redis">The connection.</param>
/// <param name="keys">The key names.</param>
/// <param name="log">The stream logs.</param>
/// <param name="jobs">The job records.</param>
/// <param name="metrics">The instruments.</param>
/// <param name="time">The clock.</param>
public sealed class RelayContext(RedisConnection redis, RedisKeys keys, StreamLog log, JobStore jobs, ChatJobsMetrics metrics, TimeProvider time)
{
    internal RedisConnection Redis => redis;

    internal RedisKeys Keys => keys;

    internal StreamLog Log => log;

    internal TimeProvider Time => time;

    internal ChatJobsMetrics Metrics => metrics;

    /// <summary>Whether no terminal chunk can come any more: the job is gone, or its log has expired.</summary>
    internal async Task<bool> IsGoneAsync(string jobId) => await jobs.ReadRecordAsync(jobId) is null or { HasExpired: true };
}
