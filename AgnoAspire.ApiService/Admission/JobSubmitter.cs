using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.RateLimiting;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Telemetry;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Admission;

/// <summary>
/// Makes a job of a request: record, reservation, viewer, queue, in this order, so that no chunk can be missed and no job runs uncounted. Several
/// requests with one id may do so at once: each step can be repeated, and a refusal undoes nothing that another request may have achieved.
/// </summary>
internal sealed class JobSubmitter(JobStore jobs, JobAdmitter admitter, LiveRelay relay, CallerRateLimiter limits, IOptions<ChatApiOptions> options)
{
    /// <summary>Attaches to a job that was accepted before, whatever limits, queue and workers say now.</summary>
    /// <returns><see langword="null"/> when there is no such job yet.</returns>
    public async Task<(AdmittedJob? Job, ProblemHttpResult? Problem)?> TryAttachAsync(
        HttpContext context, string jobId, string fingerprint, CancellationToken cancellationToken)
    {
        if (await jobs.FindAsync(jobId) is not { IsAccepted: true } job)
        {
            return null;
        }

        RequestTelemetry.Describe(context, jobId);
        return await AttachAsync(jobId, fingerprint, job, cancellationToken);
    }

    /// <summary>Submits a job, or attaches to the one that has its id.</summary>
    public async Task<(AdmittedJob? Job, ProblemHttpResult? Problem)> SubmitAsync(HttpContext context, NewJob job, CancellationToken cancellationToken)
    {
        RequestTelemetry.Describe(context, job.Id);
        using var span = ChatTelemetry.Enqueue(job.Id, job.Completion.Model);
        var admission = await jobs.CreateAsync(job);
        if (admission.ReservationId is null)
        {
            return await AttachAsync(job.Id, job.Fingerprint, admission, cancellationToken);
        }

        if (await limits.ReserveAsync(context, job, admission.ReservationId) is { } refusal)
        {
            return await admitter.WithdrawAsync(job, admission)
                ? (new AdmittedJob(job.Id, await WatchAsync(job.Id, cancellationToken)), null)
                : (null, refusal);
        }

        var (viewer, result) = await EnqueueAsync(job, admission, cancellationToken);
        if (result.Status == EnqueueStatus.Accepted)
        {
            return (new AdmittedJob(job.Id, viewer), null);
        }

        await viewer.DisposeAsync();
        ApiProblems.RetryAfter(context, result.RetryAfter);
        return (null, result.Status == EnqueueStatus.CallerFull ? ApiProblems.CallerQueueFull() : ApiProblems.QueueFull());
    }

    private async Task<(AdmittedJob? Job, ProblemHttpResult? Problem)> AttachAsync(
        string jobId, string fingerprint, JobAdmission job, CancellationToken cancellationToken)
    {
        if (job.Fingerprint != fingerprint)
        {
            return (null, ApiProblems.ReusedIdempotencyKey());
        }

        return job.HasExpired ? (null, ApiProblems.Expired()) : (new AdmittedJob(jobId, await WatchAsync(jobId, cancellationToken)), null);
    }

    private async Task<(Viewer Viewer, EnqueueResult Result)> EnqueueAsync(NewJob job, JobAdmission admission, CancellationToken cancellationToken)
    {
        Viewer viewer;
        try
        {
            viewer = await WatchAsync(job.Id, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await admitter.WithdrawAsync(job, admission);
            throw;
        }

        try
        {
            return (viewer, await admitter.EnqueueAsync(job, admission));
        }
        catch
        {
            await viewer.DisposeAsync();
            throw;
        }
    }

    private Task<Viewer> WatchAsync(string jobId, CancellationToken cancellationToken) =>
        relay.WatchAsync(jobId, after: 0, options.Value.KeepAliveInterval, cancellationToken);
}
