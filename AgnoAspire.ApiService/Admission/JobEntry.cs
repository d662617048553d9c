using AgnoAspire.ApiService.Limits;
using AgnoAspire.ApiService.Problems;
using AgnoAspire.ApiService.Relay;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Admission;

/// <summary>
/// The steps that make a job of a request: counted, written, watched, queued, in this order, so that no chunk can be missed. Repeating any
/// of the steps for the same job is harmless.
/// </summary>
internal sealed class JobEntry(JobStore jobs, JobQueue queue, LiveRelay relay, CallerLimits limits, IOptions<ChatApiOptions> options)
{
    public async Task<(AdmittedJob? Job, ProblemHttpResult? Problem)> EnterAsync(HttpContext context, NewJob job, CancellationToken cancellationToken)
    {
        RequestTelemetry.Describe(context, job.Id);
        using var span = ChatTelemetry.Enqueue(job);
        var (isCounted, refusal) = await limits.ReserveAsync(context, job);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var earlier = await jobs.AdmitAsync(job);
        if (earlier is not null)
        {
            // It was counted when it began.
            await (isCounted ? limits.ReleaseAsync(job) : Task.CompletedTask);
            if (earlier != job.Fingerprint)
            {
                return (null, Problem.ReusedIdempotencyKey());
            }

            if (await jobs.ReadAsync(job.Id) is null or { HasExpired: true })
            {
                return (null, Problem.Expired());
            }
        }

        var viewer = await relay.WatchAsync(job.Id, after: 0, options.Value.HeartbeatInterval, cancellationToken);
        var ticket = await EnqueueAsync(job, viewer);
        if (ticket.Admission == QueueAdmission.Accepted)
        {
            return (new AdmittedJob(job.Id, viewer), null);
        }

        await viewer.DisposeAsync();
        Problem.RetryAfter(context, ticket.RetryAfter);
        if (earlier is null)
        {
            await jobs.ForgetAsync(job.Id);
            await (isCounted ? limits.ReleaseAsync(job) : Task.CompletedTask);
        }

        return (null, ticket.Admission == QueueAdmission.CallerFull ? Problem.CallerQueueFull() : Problem.QueueFull());
    }

    private async Task<QueueTicket> EnqueueAsync(NewJob job, Viewer viewer)
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
