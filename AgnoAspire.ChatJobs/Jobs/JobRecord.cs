namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>The record of a job as its worker last knew it, to write it again should Redis lose it before it expires.</summary>
/// <param name="fields">The hash: field, value, field, value.</param>
/// <param name="lifetime">How long Redis keeps the record after the worker last saw it.</param>
/// <param name="seenAt">When that was, as a timestamp of the process' clock.</param>
internal sealed class JobRecord(RedisValue[] fields, TimeSpan lifetime, long seenAt)
{
    private long seenAt = seenAt;

    public static JobRecord None { get; } = new([], TimeSpan.Zero, 0);

    public RedisValue[] Fields => fields;

    /// <summary>Notes that the record is there now.</summary>
    public void Seen(TimeProvider time) => Volatile.Write(ref seenAt, time.GetTimestamp());

    /// <summary>Whether a record that is missing was lost: an expired one must not come back.</summary>
    public bool IsLost(TimeProvider time) => time.GetElapsedTime(Volatile.Read(ref seenAt)) < lifetime;

    /// <summary>The record after the end of the job, without its request unless it is a dead letter.</summary>
    public JobRecord AfterEnd(bool keepsRequest, TimeSpan retention, TimeProvider time) => new(
        keepsRequest ? fields : [.. fields.Chunk(2).Where(field => field[0] != "request").SelectMany(field => field)], retention, time.GetTimestamp());
}
