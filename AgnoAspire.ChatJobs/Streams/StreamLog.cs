using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.ChatJobs.Streams;

/// <summary>The logs of all streams: one list of chunks each, written by the holder of the newest fencing token.</summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class StreamLog(RedisConnection redis, RedisKeys keys, JobStore jobs, TimeProvider time, ChatJobsMetrics metrics, ChatJobsOptions options)
{
    // A long range would keep Redis from its other commands.
    private const int PageSize = 64;

    /// <summary>Opens the writer of a job; it continues after all chunks that earlier attempts have sent.</summary>
    public ChunkWriter OpenWriter(ClaimedJob job, IReadOnlyList<SequencedChunk> sent, AppendRetry retry = default) =>
        new(this, job, sent, metrics, time, retry with { Timeout = retry.Timeout ?? options.RunningJobTimeToLive });

    /// <summary>Reads at most a number of chunks from a sequence number, 1 or more, on; in order, empty when the log has none from there on.</summary>
    public async Task<SequencedChunk[]> ReadAsync(string jobId, long from, int count)
    {
        var values = await redis.RunAsync(database => database.ListRangeAsync(keys.Chunks(jobId), from - 1, from + count - 2));
        return Array.ConvertAll(values, value => new SequencedChunk(from++, (ReadOnlyMemory<byte>)value));
    }

    /// <summary>Reads the chunks from the first to a sequence number, in pages, in order; fewer when the log has fewer.</summary>
    public async IAsyncEnumerable<SequencedChunk[]> ReadPagesAsync(string jobId, long to)
    {
        SequencedChunk[] page;
        for (long from = 1; from <= to; from += page.Length)
        {
            page = await ReadAsync(jobId, from, (int)Math.Min(PageSize, to - from + 1));
            if (page.Length == 0)
            {
                yield break;
            }

            yield return page;
        }
    }

    /// <summary>Reads all chunks in order, for the only writer of a log: it grows no further meanwhile.</summary>
    public async Task<IReadOnlyList<SequencedChunk>> ReadAllAsync(string jobId)
    {
        var chunks = new List<SequencedChunk>();
        await foreach (var page in ReadPagesAsync(jobId, long.MaxValue))
        {
            chunks.AddRange(page);
        }

        return chunks;
    }

    /// <summary>Counts the chunks of a log.</summary>
    public Task<long> LengthAsync(string jobId) => redis.RunAsync(database => database.ListLengthAsync(keys.Chunks(jobId)));

    /// <summary>
    /// Appends the last of the chunks that a writer has sent, and before it what Redis has lost: it can come back with a shorter log, or without
    /// the job. Chunks that are there already stay as they are.
    /// </summary>
    internal async Task<WriterStatus> AppendMissingAsync(JobClaim claim, JobRecord record, IReadOnlyList<byte[]> sent, AppendKind kind)
    {
        var isRestored = false;
        for (var next = sent.Count; next <= sent.Count;)
        {
            var (status, length) = await AppendAsync(claim, next, sent[next - 1], next == sent.Count ? kind : AppendKind.Restored);
            if (status == WriterStatus.Gone && !isRestored && await jobs.RestoreAsync(claim, record))
            {
                isRestored = true;
            }
            else if (status != WriterStatus.Active)
            {
                return status;
            }
            else
            {
                next = (int)Math.Min(length, sent.Count) + 1;
            }
        }

        return WriterStatus.Active;
    }

    /// <summary>Keeps the chunks of a stream that has ended.</summary>
    internal EndedStream End(ClaimedJob job, IReadOnlyList<byte[]> chunks, AppendKind kind) => new(
        this, job.Claim, job.Record.AfterEnd(kind.EndStatus == JobStatus.Dead, Retention(kind), time), chunks, kind);

    private TimeSpan Retention(AppendKind kind) =>
        kind.IsStored || options.UnstoredStreamRetention > options.StreamRetention ? options.StreamRetention : options.UnstoredStreamRetention;

    /// <summary>Appends one chunk. The length of the log is shorter than the sequence when earlier chunks are missing.</summary>
    internal async Task<(WriterStatus Status, long Length)> AppendAsync(JobClaim claim, long sequence, byte[] chunk, AppendKind kind)
    {
        var id = claim.JobId;
        var isDead = kind.EndStatus == JobStatus.Dead;
        var readable = Retention(kind);
        var retention = readable + (isDead ? options.DeadLetterRetention : options.ExpiredJobRetention);
        var started = time.GetTimestamp();
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Append,
            [keys.Job(id), keys.Chunks(id), keys.Viewers(id)],
            [
                claim.FencingToken, sequence, chunk, keys.LiveName(id), kind.Name, kind.EndStatus,
                RedisTime.Milliseconds(readable), RedisTime.Milliseconds(retention), isDead ? 1 : 0, kind.Usage,
            ]))!;
        var status = WriterStatusCode.Read((int)reply[0]);
        metrics.Appended(status, kind == AppendKind.Restored, time.GetElapsedTime(started));
        return (status, (long)reply[1]);
    }
}

/// <summary>What an append adds to the log.</summary>
/// <param name="Name">The name the append script knows it by.</param>
/// <param name="EndStatus">The status of the job after a terminal chunk; empty for the other kinds.</param>
/// <param name="Usage">The tokens that the job has used, prompt included, as its rate limit counts them; 0 for the other kinds.</param>
/// <param name="IsStored">Whether the stream stays readable for its whole retention after a terminal chunk.</param>
internal readonly record struct AppendKind(string Name, string EndStatus, long Usage, bool IsStored = true)
{
    /// <summary>Gets the kind of a new chunk; refused when the job was cancelled.</summary>
    public static AppendKind Chunk { get; } = new("chunk", "", 0);

    /// <summary>Gets the kind of a chunk that Redis had and lost; accepted also when the job was cancelled.</summary>
    public static AppendKind Restored { get; } = new("restored", "", 0);

    /// <summary>The kind of the chunk that ends the stream and the job.</summary>
    public static AppendKind Terminal(string status, long usage, bool isStored = true) => new("terminal", status, usage, isStored);
}

/// <summary>How long an append is retried while Redis is unavailable.</summary>
/// <param name="Timeout">The maximum time; by default as long as Redis keeps a running job.</param>
/// <param name="Cancelled">Ends the retries, not the writer: with Redis available it goes on.</param>
public readonly record struct AppendRetry(TimeSpan? Timeout, CancellationToken Cancelled);

/// <summary>A chunk with its place in the stream, from 1: its JSON in UTF-8, one line.</summary>
public readonly record struct SequencedChunk(long Sequence, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Gets whether the stream ends with this chunk.</summary>
    public bool IsTerminal => ChatChunk.IsTerminal(Bytes.Span);
}
