using System.Text.Json;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Telemetry;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Streams;

/// <summary>The logs of all streams: a list of chunks each, written by whoever holds the newest fence token, read by anybody.</summary>
/// <remarks>Every member throws <see cref="RedisException"/> or <see cref="TimeoutException"/> while Redis is away.</remarks>
public sealed class StreamLog
{
    /// <summary>Marks a chunk that was in the log before Redis lost it.</summary>
    internal const string Restored = "restore";

    private readonly IConnectionMultiplexer redis;
    private readonly RedisKeys keys;
    private readonly RateLimits limits;
    private readonly TimeProvider time;
    private readonly ChatJobsMetrics metrics;
    private readonly ChatJobsOptions options;

    internal StreamLog(IConnectionMultiplexer redis, RedisKeys keys, RateLimits limits, TimeProvider time, ChatJobsMetrics metrics, IOptions<ChatJobsOptions> options)
    {
        this.redis = redis;
        this.keys = keys;
        this.limits = limits;
        this.time = time;
        this.metrics = metrics;
        this.options = options.Value;
    }

    private IDatabase Database => redis.GetDatabase();

    // A worker pulses three times a lease; a dead one's job is begun by another within two.
    private long NormalPause => 2 * JobStore.Milliseconds(options.LeaseDuration);

    /// <summary>Makes the holder of a claim the only one who can append.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="worker">The name of this process, for people.</param>
    /// <returns>The job, or <see langword="null"/> when there is nothing to do: it has ended, is gone, or somebody holds a newer fence token.</returns>
    public async Task<ClaimedJob?> StartAsync(JobClaim claim, string worker)
    {
        var id = claim.JobId;
        var reply = (RedisResult[])(await Database.ScriptEvaluateAsync(
            RedisScripts.Start,
            [keys.Job(id), keys.Chunks(id), keys.Viewers(id)],
            [claim.FencingToken, worker, JobStore.Milliseconds(options.QueueTimeout), JobStore.Milliseconds(options.DisconnectGracePeriod), NormalPause, claim.RedisOutage.From, claim.RedisOutage.Until]))!;
        var state = (string?)reply[0];
        if (state is not ("ready" or "cancelled"))
        {
            return null;
        }

        return new ClaimedJob(
            claim,
            JsonSerializer.Deserialize((byte[])reply[2]!, ChatJobsJsonContext.Default.ChatCompletion)!,
            (string)reply[6]!,
            state == "cancelled",
            (long)reply[1],
            NullIfEmpty((string?)reply[3]),
            NullIfEmpty((string?)reply[4]),
            DateTimeOffset.FromUnixTimeMilliseconds((long)reply[5]),
            (long)reply[7] is >= 0 and var waited ? TimeSpan.FromMilliseconds(waited) : null);
    }

    /// <summary>Makes the writer of a job, which goes on behind the chunks already sent.</summary>
    /// <param name="job">The job.</param>
    /// <param name="sent">All chunks earlier attempts have sent.</param>
    /// <returns>The writer.</returns>
    public ChunkWriter OpenWriter(ClaimedJob job, IReadOnlyList<SequencedChunk> sent) => new(this, job, sent, metrics, time, options.QueueTimeout);

    /// <summary>Tells Redis that a job is alive, and its worker whether to go on.</summary>
    /// <param name="claim">The claim.</param>
    /// <returns><see cref="WriterStatus.Active"/> to go on.</returns>
    public async Task<WriterStatus> HeartbeatAsync(JobClaim claim)
    {
        var id = claim.JobId;
        var code = (int)await Database.ScriptEvaluateAsync(
            RedisScripts.Heartbeat,
            [keys.Job(id), keys.Chunks(id), keys.Viewers(id)],
            [claim.FencingToken, JobStore.Milliseconds(options.QueueTimeout), JobStore.Milliseconds(options.DisconnectGracePeriod), NormalPause]);
        return Outcome(code);
    }

    /// <summary>Reads chunks.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="from">The first sequence wanted, from 1.</param>
    /// <param name="count">The most chunks wanted.</param>
    /// <returns>The chunks in order; none when the log has none from there on (yet, or any more).</returns>
    public async Task<SequencedChunk[]> ReadAsync(string jobId, long from, int count)
    {
        var values = await Database.ListRangeAsync(keys.Chunks(jobId), from - 1, from + count - 2);
        return Array.ConvertAll(values, value => new SequencedChunk(from++, (ReadOnlyMemory<byte>)value));
    }

    /// <summary>Reads all chunks there are.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>The chunks in order.</returns>
    public Task<SequencedChunk[]> ReadAllAsync(string jobId) => ReadAsync(jobId, 1, int.MaxValue - 1);

    /// <summary>How many chunks a log has.</summary>
    /// <param name="jobId">The job.</param>
    /// <returns>The number.</returns>
    public Task<long> LengthAsync(string jobId) => Database.ListLengthAsync(keys.Chunks(jobId));

    /// <summary>Appends one chunk and says how long the log is now: shorter than the sequence when chunks before it are missing.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="sequence">Its place.</param>
    /// <param name="chunk">Its bytes.</param>
    /// <param name="endStatus">A status that ends the stream with this chunk, empty for any other chunk, or <see cref="Restored"/>.</param>
    internal async Task<(WriterStatus Outcome, long Length)> AppendAsync(JobClaim claim, long sequence, byte[] chunk, string endStatus)
    {
        var id = claim.JobId;
        var isDead = endStatus == JobStatus.Dead;
        var remembered = options.StreamRetention + (isDead ? options.DeadLetterRetention : options.ExpiredJobRetention);
        var began = time.GetTimestamp();
        var reply = (RedisResult[])(await Database.ScriptEvaluateAsync(
            RedisScripts.Append,
            [keys.Job(id), keys.Chunks(id), keys.Viewers(id)],
            [
                claim.FencingToken, sequence, chunk, keys.LiveName(id), endStatus,
                JobStore.Milliseconds(options.StreamRetention), JobStore.Milliseconds(remembered), JobStore.Milliseconds(options.QueueTimeout),
                isDead ? 1 : 0,
            ]))!;
        var outcome = Outcome((int)reply[0]);
        metrics.Appended(outcome, endStatus == Restored, time.GetElapsedTime(began));
        return (outcome, (long)reply[1]);
    }

    /// <summary>Counts what an ended job has cost in place of what was reserved for it. While Redis is away the reservation stands, until its minute is over.</summary>
    /// <param name="job">The job.</param>
    /// <param name="tokens">What it cost.</param>
    internal async Task SettleAsync(ClaimedJob job, long tokens)
    {
        try
        {
            await limits.SettleAsync(job.Owner, job.Claim.JobId, tokens);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // As said: nothing is lost but a minute's accuracy.
        }
    }

    private static WriterStatus Outcome(int code) => code switch
    {
        0 => WriterStatus.Cancelled,
        -1 => WriterStatus.Fenced,
        -2 => WriterStatus.Gone,
        _ => WriterStatus.Active,
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
