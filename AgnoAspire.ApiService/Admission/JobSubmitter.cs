using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.RateLimiting;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Telemetry;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Admission;

/// <summary>
/// The steps that make a job of a request: counted, written, watched, queued, in this order, so that no chunk can be missed. Repeating any
/// of the steps for the same job is harmless.
/// </summary>
internal sealed class JobSubmitter(JobStore jobs, JobQueue queue, LiveRelay relay, CallerRateLimiter limits, IOptions<ChatApiOptions> options)
{
    public async Task<Result<AdmittedJob>> SubmitAsync(HttpContext context, NewJob job, CancellationToken cancellationToken)
    {
        RequestTelemetry.Describe(context, job.Id);
        using var span = ChatTelemetry.Enqueue(job.Id, job.Completion.Model);
        var (isCounted, refusal) = await limits.ReserveAsync(context, job);
        if (refusal is not null)
        {
            return refusal;
        }

        var secret = job.Secret;
        var earlier = await jobs.CreateAsync(job);
        if (earlier is not null)
        {
            // It was counted when it began.
            await (isCounted ? limits.ReleaseAsync(job) : Task.CompletedTask);
            if (earlier != job.Fingerprint)
            {
                return ApiProblems.ReusedIdempotencyKey();
            }

            if (await jobs.ReadAsync(job.Id) is not { HasExpired: false } existing)
            {
                return ApiProblems.Expired();
            }

            secret = existing.Secret;
        }

        var viewer = await relay.WatchAsync(job.Id, after: 0, options.Value.KeepAliveInterval, cancellationToken);
        var ticket = await EnqueueAsync(job, viewer);
        if (ticket.Status == EnqueueStatus.Accepted)
        {
            return new AdmittedJob(job.Id, viewer, secret);
        }

        await viewer.DisposeAsync();
        ApiProblems.RetryAfter(context, ticket.RetryAfter);
        if (earlier is null)
        {
            await jobs.DeleteAsync(job.Id);
            await (isCounted ? limits.ReleaseAsync(job) : Task.CompletedTask);
        }

        return ticket.Status == EnqueueStatus.CallerFull ? ApiProblems.CallerQueueFull() : ApiProblems.QueueFull();
    }

    private async Task<EnqueueResult> EnqueueAsync(NewJob job, Viewer viewer)
    {
        try
        {
            return await queue.EnqueueAsync(job.Id, job.Owner);
        }
        catch
        {
            await viewer.DisposeAsync();
            throw;
        }
    }
}
