using System.ComponentModel.DataAnnotations;

namespace AgnoAspire.Worker;

/// <summary>The options of a worker, section <c>Worker</c> of the configuration.</summary>
public sealed class WorkerOptions
{
    /// <summary>The configuration section these options are bound from.</summary>
    public const string Section = "Worker";

    /// <summary>Gets or sets how many jobs run concurrently in this process. Default 64.</summary>
    [Range(1, 100_000)]
    public int MaxConcurrentJobs { get; set; } = 64;

    /// <summary>
    /// Gets or sets how long running jobs may continue at shutdown before they are requeued. Default the longest <c>TotalTimeout</c> of the models, so
    /// that every answer can be finished.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan? ShutdownDrainTimeout { get; set; }

    /// <summary>Gets or sets the longest answer, in characters; a longer one ends with the finish reason <c>length</c>. Default 4,000,000.</summary>
    [Range(1, 100_000_000)]
    public int MaxAnswerLength { get; set; } = 4_000_000;
}
