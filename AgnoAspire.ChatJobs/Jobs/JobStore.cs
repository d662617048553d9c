using System.Diagnostics;
using System.Text.Json;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>The jobs as such: written by the API when it admits them, read by whoever asks.</summary>
/// <remarks>Every member throws <see cref="RedisException"/> or <see cref="TimeoutException"/> while Redis is away.</remarks>
public sealed class JobStore
{
    private static readonly RedisValue[] SnapshotFields = ["owner", "model", "provider", "status", "created", "started", "ended", "traceparent", "secret"];

    private readonly IConnectionMultiplexer redis;
    private readonly RedisKeys keys;
    private readonly ChatJobsOptions options;

    internal JobStore(IConnectionMultiplexer redis, RedisKeys keys, IOptions<ChatJobsOptions> options)
    {
        this.redis = redis;
        this.keys = keys;
        this.options = options.Value;
    }

    private IDatabase Database => redis.GetDatabase();

    /// <summary>Writes a job, with the trace it belongs to. It runs once it is in the queue.</summary>
    /// <param name="job">The job.</param>
    /// <returns><see langword="null"/> when it was written; the fingerprint of the one that was there when the id was taken.</returns>
    public async Task<string?> CreateAsync(NewJob job)
    {
        var activity = Activity.Current;
        RedisValue[] arguments =
        [
            Milliseconds(options.QueueTimeout),
            "status", JobStatus.Queued,
            "owner", job.Owner,
            "model", job.Completion.Model,
            "provider", job.Provider,
            "policy", job.OnDisconnect == DisconnectPolicy.Continue ? "continue" : "cancel",
            "fingerprint", job.Fingerprint,
            "secret", job.Secret,
            "request", JsonSerializer.SerializeToUtf8Bytes(job.Completion, ChatJobsJsonContext.Default.ChatCompletion),
            "traceparent", activity?.Id ?? "",
            "tracestate", activity?.TraceStateString ?? "",
        ];
        var reply = (RedisResult[])(await Database.ScriptEvaluateAsync(RedisScripts.Create, [keys.Job(job.Id)], arguments))!;
        return (int)reply[0] == 1 ? null : (string?)reply[1] ?? "";
    }

    /// <summary>Forgets a job that the queue refused.</summary>
    /// <param name="id">The job.</param>
    /// <returns>A task that ends when it is done.</returns>
    public Task DeleteAsync(string id) => Database.KeyDeleteAsync(keys.Job(id));

    /// <summary>Reads a job.</summary>
    /// <param name="id">The job.</param>
    /// <returns>The job, or <see langword="null"/> when there is none of that id (any more).</returns>
    public async Task<JobSnapshot?> ReadAsync(string id)
    {
        var database = Database;
        var reading = database.HashGetAsync(keys.Job(id), SnapshotFields);
        var length = await database.ListLengthAsync(keys.Chunks(id));
        var fields = await reading;
        if (fields[3].IsNull)
        {
            return null;
        }

        return new JobSnapshot(
            id, fields[0].ToString(), fields[1].ToString(), fields[2].ToString(), fields[3].ToString(), length,
            Time(fields[4]) ?? default, Time(fields[5]), Time(fields[6]))
        {
            TraceParent = fields[7],
            Secret = fields[8],
        };
    }

    /// <summary>Reads what was asked, for a job that is to be run again.</summary>
    /// <param name="id">The job.</param>
    /// <returns>The chat completion, or <see langword="null"/> when the job is gone.</returns>
    public async Task<ChatCompletion?> ReadCompletionAsync(string id)
    {
        byte[]? request = await Database.HashGetAsync(keys.Job(id), "request");
        return request is null ? null : JsonSerializer.Deserialize(request, ChatJobsJsonContext.Default.ChatCompletion);
    }

    /// <summary>Says that a viewer watches a stream, for a time; a viewer that goes on says so again.</summary>
    /// <param name="id">The job.</param>
    /// <param name="viewer">Who watches.</param>
    /// <param name="stay">How long it counts as present without a word; zero says that it left.</param>
    /// <returns>A task that ends when Redis knows.</returns>
    public Task ReportViewerAsync(string id, string viewer, TimeSpan stay) => Database.ScriptEvaluateAsync(
        RedisScripts.ReportViewer,
        [keys.Viewers(id), keys.Job(id)],
        [viewer, Milliseconds(stay), Milliseconds(stay + options.DisconnectGracePeriod + options.QueueTimeout)]);

    internal static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static DateTimeOffset? Time(RedisValue milliseconds) =>
        milliseconds.IsNull ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds);
}
