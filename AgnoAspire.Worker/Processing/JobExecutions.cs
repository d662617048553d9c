using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Telemetry;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Processing;

/// <summary>The jobs this worker runs now.</summary>
internal sealed class JobExecutions
{
    private readonly Lock access = new();
    private readonly Dictionary<string, JobExecution> jobs = [];

    public JobExecutions(ChatJobsMetrics metrics, IOptions<WorkerOptions> options) => metrics.ObserveWorker(() => Snapshot.Count, options.Value.MaxConcurrentJobs);

    /// <summary>Gets the jobs of this moment.</summary>
    public IReadOnlyList<JobExecution> Snapshot
    {
        get
        {
            lock (access)
            {
                return [.. jobs.Values];
            }
        }
    }

    /// <summary>Takes up a claim. An older claim of the same job, which this worker lost without knowing it yet, is stopped.</summary>
    public JobExecution Add(JobClaim claim, Action stepAside)
    {
        var job = new JobExecution(claim, stepAside);
        lock (access)
        {
            if (jobs.TryGetValue(claim.JobId, out var older))
            {
                older.Stop(StopReason.Lost);
            }

            jobs[claim.JobId] = job;
        }

        return job;
    }

    public void Remove(JobExecution job)
    {
        lock (access)
        {
            if (jobs.TryGetValue(job.Claim.JobId, out var newest) && newest == job)
            {
                jobs.Remove(job.Claim.JobId);
            }

            job.Dispose();
        }
    }

    /// <summary>Stops a job, if it runs here.</summary>
    public void Stop(string jobId, StopReason why)
    {
        lock (access)
        {
            if (jobs.TryGetValue(jobId, out var job))
            {
                job.Stop(why);
            }
        }
    }

    /// <summary>Stops the job of exactly this claim, if it runs here.</summary>
    public void Stop(JobClaim claim, StopReason why)
    {
        lock (access)
        {
            if (jobs.TryGetValue(claim.JobId, out var job) && job.Claim == claim)
            {
                job.Stop(why);
            }
        }
    }

    /// <summary>Stops all jobs, or only those that were not started yet.</summary>
    public void StopAll(StopReason why, bool onlyUnstarted = false)
    {
        lock (access)
        {
            foreach (var job in jobs.Values.Where(job => !onlyUnstarted || !job.IsStarted))
            {
                job.Stop(why);
            }
        }
    }
}
