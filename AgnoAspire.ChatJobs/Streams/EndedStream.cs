using AgnoAspire.ChatJobs.Jobs;

namespace AgnoAspire.ChatJobs.Streams;

/// <summary>
/// The chunks of a stream that has ended, kept by its worker until Redis cannot lose them any more: not by a crash with
/// <c>appendfsync everysec</c>, nor by a failover to a replica that was behind.
/// </summary>
public sealed class EndedStream
{
    private readonly StreamLog log;
    private readonly JobClaim claim;
    private readonly JobRecord record;
    private readonly IReadOnlyList<byte[]> chunks;
    private readonly AppendKind terminal;

    internal EndedStream(StreamLog log, JobClaim claim, JobRecord record, IReadOnlyList<byte[]> chunks, AppendKind terminal)
    {
        this.log = log;
        this.claim = claim;
        this.record = record;
        this.chunks = chunks;
        this.terminal = terminal;
        Size = chunks.Sum(chunk => (long)chunk.Length);
    }

    /// <summary>Gets the id of the job.</summary>
    public string JobId => claim.JobId;

    /// <summary>Gets how many bytes the chunks have.</summary>
    public long Size { get; }

    /// <summary>Appends again what Redis has lost, unless it has expired or another worker continues the job.</summary>
    /// <returns>Whether anything was lost and is there again.</returns>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable; to be tried again.</exception>
    public async Task<bool> RestoreAsync() =>
        await log.LengthAsync(JobId) < chunks.Count && await log.AppendMissingAsync(claim, record, chunks, terminal) == WriterStatus.Active;
}
