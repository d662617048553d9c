namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>The job records: created by the API, started and kept alive by workers, read by both.</summary>
/// <remarks>Every member throws <see cref="ChatJobsUnavailableException"/> while Redis is unavailable.</remarks>
public sealed class JobStore(RedisConnection redis, RedisKeys keys, TimeProvider time, ChatJobsOptions options)
{
    private static readonly RedisValue[] SnapshotFields = ["owner", "model", "provider", "status", "created", "started", "ended", "traceparent", "secret"];

    // A worker sends three heartbeats per lease; the job of a dead one is started by another within two.
    private long MaxHeartbeatInterval => 2 * RedisTime.Milliseconds(options.LeaseDuration);

    /// <summary>
    /// Begins the admission of a job: writes its record, with the trace it belongs to, or joins the requests that admit the same job at this
    /// moment. To be followed by the queue, then <see cref="AcceptAsync"/> or <see cref="WithdrawAsync"/>; <c>JobAdmitter</c> does both.
    /// Returns the admission to go on with, or what the job of this id is.
    /// </summary>
    public async Task<JobAdmission> CreateAsync(NewJob job)
    {
        var activity = Activity.Current;
        RedisValue[] arguments =
        [
            RedisTime.Milliseconds(ChatJobsOptions.AdmissionTimeout), job.Fingerprint, JobId.New(), job.Secret,
            "owner", job.Owner,
            "model", job.Completion.Model,
            "provider", job.Provider,
            "policy", job.OnDisconnect == DisconnectPolicy.Continue ? "continue" : "cancel",
            "request", job.Completion.Json,
            "traceparent", activity?.Id ?? "",
            "tracestate", activity?.TraceStateString ?? "",
        ];
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Create, [keys.Job(job.Id), keys.Chunks(job.Id), keys.Viewers(job.Id)], arguments))!;
        return (int)reply[0] == 1
            ? new JobAdmission(job.Fingerprint, JobStatus.Admitting, 0)
            {
                ReservationId = (string)reply[1]!,
                Secret = (byte[])reply[2]!,
                CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)reply[3]),
            }
            : new JobAdmission((string)reply[1]!, (string)reply[2]!, (long)reply[3])
            {
                Secret = (byte[])reply[4]!,
                CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)reply[5]),
            };
    }

    /// <summary>Finds the job that an id leads to; <see langword="null"/> when there is none (any more).</summary>
    public async Task<JobAdmission?> FindAsync(string id)
    {
        var (fields, length) = await ReadAsync(id, ["fingerprint", "status", "secret", "created"]);
        return fields[1].IsNull
            ? null
            : new JobAdmission(fields[0].ToString(), fields[1].ToString(), length) { Secret = fields[2], CreatedAt = RedisTime.Read(fields[3]) ?? default };
    }

    /// <summary>Ends the admission of a job that is in the queue; false when its record has expired in the meantime.</summary>
    public async Task<bool> AcceptAsync(string id) => (int)await redis.EvaluateAsync(
        RedisScripts.Accept, [keys.Job(id), keys.Viewers(id)], [RedisTime.Milliseconds(options.QueueTimeout)]) == 1;

    /// <summary>Withdraws a refused request from the admission of a job. The record goes with the last such request, unless one was accepted.</summary>
    public async Task<WithdrawResult> WithdrawAsync(string id) =>
        (WithdrawResult)(int)await redis.EvaluateAsync(RedisScripts.Withdraw, [keys.Job(id), keys.Viewers(id)], []);

    /// <summary>Reads a job; <see langword="null"/> when there is none of that id (any more), or none that was accepted yet.</summary>
    public async Task<JobSnapshot?> ReadAsync(string id) => await ReadRecordAsync(id) is { Status: not JobStatus.Admitting } job ? job : null;

    /// <summary>Reads a job, also one that is being admitted.</summary>
    internal async Task<JobSnapshot?> ReadRecordAsync(string id)
    {
        var (fields, length) = await ReadAsync(id, SnapshotFields);
        if (fields[3].IsNull)
        {
            return null;
        }

        return new JobSnapshot(
            id, fields[0].ToString(), fields[1].ToString(), fields[2].ToString(), fields[3].ToString(), length,
            RedisTime.Read(fields[4]) ?? default, RedisTime.Read(fields[5]), RedisTime.Read(fields[6]))
        {
            TraceParent = fields[7],
            Secret = fields[8],
        };
    }

    /// <summary>Reads the request of a job that is to run again; <see langword="null"/> when the job is gone.</summary>
    public async Task<ChatCompletion?> ReadCompletionAsync(string id)
    {
        byte[]? request = await redis.RunAsync(database => database.HashGetAsync(keys.Job(id), "request"));
        return request is null ? null : ChatCompletion.Parse(request);
    }

    /// <summary>
    /// Makes the holder of a claim the only one who can append. <see langword="null"/> when there is nothing to do: the job has ended, is gone, or
    /// another process holds a newer fencing token.
    /// </summary>
    public async Task<ClaimedJob?> StartAsync(JobClaim claim, string worker)
    {
        var id = claim.JobId;
        var reply = (RedisResult[])(await redis.EvaluateAsync(
            RedisScripts.Start,
            [keys.Job(id), keys.Chunks(id), keys.Viewers(id)],
            [
                claim.FencingToken, worker, RedisTime.Milliseconds(options.StartedJobTimeToLive),
                RedisTime.Milliseconds(options.DisconnectGracePeriod), MaxHeartbeatInterval, claim.RedisOutage.From, claim.RedisOutage.Until,
                claim.LostToken, options.MaxTakeovers,
            ]))!;
        var state = (string?)reply[0];
        if (state is not ("ready" or "cancelled"))
        {
            return null;
        }

        var record = (RedisValue[])reply[3]!;
        var fields = record.Chunk(2).ToDictionary(pair => (string)pair[0]!, pair => pair[1]);
        var completion = ChatCompletion.Parse((byte[])fields["request"]!);
        for (var i = 0; i < record.Length; i += 2)
        {
            // The bytes that the completion has, not a copy of them.
            record[i + 1] = record[i] == "request" ? completion.Json : record[i + 1];
        }

        return new ClaimedJob(
            claim,
            completion,
            fields.GetValueOrDefault("owner").ToString(),
            state == "cancelled",
            (long)reply[1],
            NullIfEmpty(fields.GetValueOrDefault("traceparent")),
            NullIfEmpty(fields.GetValueOrDefault("tracestate")),
            DateTimeOffset.FromUnixTimeMilliseconds((long)fields["created"]),
            (long)reply[2] is >= 0 and var waited ? TimeSpan.FromMilliseconds(waited) : null,
            (int)fields["attempts"])
        {
            Record = new JobRecord(record, options.StartedJobTimeToLive, time.GetTimestamp()),
        };
    }

    /// <summary>Writes the record of a running job again, should Redis have lost it.</summary>
    /// <returns>False when it has expired.</returns>
    internal async Task<bool> RestoreAsync(JobClaim claim, JobRecord record)
    {
        if (!record.IsLost(time))
        {
            return false;
        }

        await redis.EvaluateAsync(
            RedisScripts.Restore, [keys.Job(claim.JobId)], [claim.FencingToken, RedisTime.Milliseconds(options.StartedJobTimeToLive), .. record.Fields]);
        return true;
    }

    /// <summary>Gives a job up in order, before it is requeued: the attempt does not count. No-op for a job that was not started.</summary>
    public Task RelinquishAsync(JobClaim claim) => redis.EvaluateAsync(RedisScripts.Relinquish, [keys.Job(claim.JobId)], [claim.FencingToken]);

    /// <summary>
    /// Reports that a running job is alive; <see cref="WriterStatus.Active"/> to go on. A record that Redis has lost is written again, if the job is
    /// given.
    /// </summary>
    public async Task<WriterStatus> HeartbeatAsync(JobClaim claim, ClaimedJob? job = null)
    {
        var id = claim.JobId;
        var code = (int)await redis.EvaluateAsync(
            RedisScripts.Heartbeat,
            [keys.Job(id), keys.Chunks(id), keys.Viewers(id)],
            [
                claim.FencingToken, RedisTime.Milliseconds(options.StartedJobTimeToLive), RedisTime.Milliseconds(options.DisconnectGracePeriod),
                MaxHeartbeatInterval, keys.LiveName(id), RedisTime.Milliseconds(ChatJobsOptions.ViewerReportLimit),
            ]);
        var status = WriterStatusCode.Read(code);
        if (status is WriterStatus.Active or WriterStatus.Cancelled)
        {
            job?.Record.Seen(time);
        }

        return status == WriterStatus.Gone && job is not null && await RestoreAsync(claim, job.Record) ? WriterStatus.Active : status;
    }

    /// <summary>
    /// Marks a job as cancelled; the process that holds it or claims it next ends its stream. With a grace period only a job whose policy is to end
    /// without viewers, and which has had none for so long. Returns whether it is marked now; <see langword="null"/> when there is no such job.
    /// </summary>
    public async Task<bool?> MarkCancelledAsync(string id, TimeSpan? gracePeriod)
    {
        var code = (int)await redis.EvaluateAsync(
            RedisScripts.Cancel,
            [keys.Job(id), keys.Viewers(id)],
            [gracePeriod is null ? "request" : "abandoned", RedisTime.Milliseconds(gracePeriod ?? TimeSpan.Zero)]);
        return code < 0 ? null : code == 1;
    }

    /// <summary>Records a viewer as present for a time without another report; for zero, as gone.</summary>
    public Task ReportViewerAsync(string id, string viewer, TimeSpan presence) => redis.EvaluateAsync(
        RedisScripts.ReportViewer,
        [keys.Viewers(id), keys.Job(id)],
        [viewer, RedisTime.Milliseconds(presence)]);

    private async Task<(RedisValue[] Fields, long Length)> ReadAsync(string id, RedisValue[] fields)
    {
        var reply = (RedisResult[])(await redis.EvaluateAsync(RedisScripts.ReadJob, [keys.Job(id), keys.Chunks(id)], fields))!;
        return ((RedisValue[])reply[0]!, (long)reply[1]);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
