using System.ComponentModel.DataAnnotations;

namespace AgnoAspire.ChatJobs;

/// <summary>How jobs travel. API and workers that share a Redis must have the same values; section <c>ChatJobs</c> of the configuration.</summary>
public sealed class ChatJobsOptions
{
    /// <summary>The configuration section these options are bound from.</summary>
    public const string Section = "ChatJobs";

    /// <summary>How long a viewer counts as present without another report.</summary>
    internal static readonly TimeSpan ViewerPresence = TimeSpan.FromSeconds(30);

    /// <summary>Within this time an API reports each of its viewers again, every ten seconds; then one that does not, and is not subscribed, is gone.</summary>
    internal static readonly TimeSpan ViewerReportLimit = TimeSpan.FromSeconds(15);

    /// <summary>How long the record of a job lives that is being admitted and not in the queue yet; each request that joins renews it.</summary>
    internal static readonly TimeSpan AdmissionTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets what every Redis key begins with, so that installations can share a server. Default <c>agno</c>.</summary>
    [Required]
    [RegularExpression("^[A-Za-z0-9_.:-]{1,64}$", ErrorMessage = "ChatJobs:KeyPrefix must be 1 to 64 letters, digits or _.:- and hold no braces.")]
    public string KeyPrefix { get; set; } = "agno";

    /// <summary>Gets or sets how long a worker may go without a sign of life before others take its jobs over. Default 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how often a job is started before it ends as a dead letter. Default 3.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>
    /// Gets or sets how often a job is taken over from a worker whose process is gone before that counts as an attempt, too: a job that kills its workers
    /// kills this many more. Default 3.
    /// </summary>
    [Range(0, 100)]
    public int MaxTakeovers { get; set; } = 3;

    /// <summary>Gets or sets how long a stream can be read after its terminal chunk. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan StreamRetention { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets or sets how long the stream of a request with <c>"store": false</c> can be read after its terminal chunk, for viewers that reconnect;
    /// at most <see cref="StreamRetention"/>. Default 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan UnstoredStreamRetention { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how long an expired stream is still told from one that never was (410, not 404). Default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan ExpiredJobRetention { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Gets or sets how long a job may wait in the queue. Default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Gets or sets how long a model is served without a worker that registers it; as long again without any worker, and the waiting jobs are ended.
    /// Default 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:05", "7.00:00:00")]
    public TimeSpan WorkerTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Gets or sets how long Redis keeps a running job without a heartbeat, if that is longer than <see cref="QueueTimeout"/>, and how long a worker
    /// retries an append while Redis is unavailable. Default 1 hour.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan RunningJobTimeToLive { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets how long Redis keeps a started job without a heartbeat: after its worker was lost, it waits again.</summary>
    internal TimeSpan StartedJobTimeToLive => RunningJobTimeToLive > QueueTimeout ? RunningJobTimeToLive : QueueTimeout;

    /// <summary>Gets or sets how long after its last viewer left a job with the policy <c>cancel</c> goes on. Default 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DisconnectGracePeriod { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets the most jobs that may wait at once. Default 10,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxQueued { get; set; } = 10_000;

    /// <summary>Gets or sets the most jobs of one caller that may wait at once. Default 1,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxQueuedPerCaller { get; set; } = 1_000;

    /// <summary>Gets or sets the most bytes of requests above 64 KiB that Redis holds for jobs that wait or run. Default 512 MiB.</summary>
    [Range(1024L * 1024, 1024L * 1024 * 1024 * 1024)]
    public long MaxQueuedBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>Gets or sets the share of one caller in <see cref="MaxQueuedBytes"/>. Default 128 MiB.</summary>
    [Range(1024L * 1024, 1024L * 1024 * 1024 * 1024)]
    public long MaxQueuedBytesPerCaller { get; set; } = 128L * 1024 * 1024;

    /// <summary>Gets or sets the most dead letters kept; the oldest go first. Default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxDeadLetters { get; set; } = 1_000;

    /// <summary>Gets or sets how long a dead letter can be redriven. Default 7 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan DeadLetterRetention { get; set; } = TimeSpan.FromDays(7);
}
