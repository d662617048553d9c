using AgnoAspire.ApiService.RateLimiting;
using AgnoAspire.ChatJobs.Telemetry;

namespace AgnoAspire.ApiService.Admission;

/// <summary>
/// Makes a job of a request: record, reservation, viewer, queue, in this order, so that no chunk can be missed and no job runs uncounted. Several
/// requests with one id may do so at once: each step can be repeated, and a refusal undoes nothing that another request may have achieved.
/// </summary>
internal sealed class JobSubmitter(JobStore jobs, JobAdmitter admitter, LiveRelay relay, CallerRateLimiter limits, IOptions<ChatApiOptions> options)
{
    /// <summary>Attaches to a job that was accepted before, whatever limits, queue and workers say now.</summary>
    /// <returns><see langword="null"/> when there is no such job yet.</returns>
    public async Task<Result<AdmittedJob>?> TryAttachAsync(
        HttpContext context, string jobId, string fingerprint, long after, CancellationToken cancellationToken)
    {
        if (await jobs.FindAsync(jobId) is not { IsAccepted: true } job)
        {
            return null;
        }

        RequestTelemetry.Describe(context, jobId);
        return await AttachAsync(jobId, fingerprint, job, after, cancellationToken);
    }

    /// <summary>Submits a job, or attaches to the one that has its id.</summary>
    public async Task<Result<AdmittedJob>> SubmitAsync(HttpContext context, NewJob job, CancellationToken cancellationToken)
    {
        RequestTelemetry.Describe(context, job.Id);
        using var span = ChatTelemetry.Enqueue(job.Id, job.Completion.Model);
        var admission = await jobs.CreateAsync(job);
        if (admission.ReservationId is null)
        {
            return await AttachAsync(job.Id, job.Fingerprint, admission, after: 0, cancellationToken);
        }

        if (await limits.ReserveAsync(context, job, admission.ReservationId) is { } refusal)
        {
            return await admitter.WithdrawAsync(job, admission) ? await WatchAsync(job.Id, admission, after: 0, cancellationToken) : refusal;
        }

        var (admitted, result) = await EnqueueAsync(job, admission, cancellationToken);
        if (result.Status == EnqueueStatus.Accepted)
        {
            return admitted;
        }

        await admitted.Viewer.DisposeAsync();
        ApiProblems.RetryAfter(context, result.RetryAfter);
        return result.Status == EnqueueStatus.CallerFull ? ApiProblems.CallerQueueFull() : ApiProblems.QueueFull();
    }

    private async Task<Result<AdmittedJob>> AttachAsync(
        string jobId, string fingerprint, JobAdmission job, long after, CancellationToken cancellationToken)
    {
        if (job.Fingerprint != fingerprint)
        {
            return ApiProblems.ReusedIdempotencyKey();
        }

        return job.HasExpired ? ApiProblems.Expired()
            : after > job.ChunkCount ? ApiProblems.BadLastEventId()
            : await WatchAsync(jobId, job, after, cancellationToken);
    }

    private async Task<(AdmittedJob Admitted, EnqueueResult Result)> EnqueueAsync(NewJob job, JobAdmission admission, CancellationToken cancellationToken)
    {
        AdmittedJob admitted;
        try
        {
            admitted = await WatchAsync(job.Id, admission, after: 0, cancellationToken, isBeingAdmitted: true);
        }
        catch (OperationCanceledException)
        {
            await admitter.WithdrawAsync(job, admission);
            throw;
        }

        try
        {
            return (admitted, await admitter.EnqueueAsync(job, admission));
        }
        catch
        {
            await admitted.Viewer.DisposeAsync();
            throw;
        }
    }

    private async Task<AdmittedJob> WatchAsync(
        string jobId, JobAdmission job, long after, CancellationToken cancellationToken, bool isBeingAdmitted = false)
    {
        var viewer = await relay.WatchAsync(jobId, after, options.Value.KeepAliveInterval, cancellationToken, isBeingAdmitted);
        return new AdmittedJob(jobId, viewer, job.Secret, job.CreatedAt);
    }
}
