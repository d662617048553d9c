using System.Security.Cryptography;
using System.Text.Json;
using AgnoAspire.ApiService.Problems;
using AgnoAspire.ApiService.Relay;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Http.HttpResults;
using StackExchange.Redis;

namespace AgnoAspire.ApiService.Admission;

/// <summary>
/// Turns a chat completion into a job that runs once: written, watched, queued, in this order, so that no chunk can be missed. The same
/// Idempotency-Key leads to the same job, so repeating any of the steps is harmless.
/// </summary>
internal sealed class JobAdmission(
    JobStore jobs, JobQueue queue, LiveRelay relay, ModelBoard models, StreamDrain drain, IConnectionMultiplexer redis)
{
    private const string IdempotencyHeader = "Idempotency-Key";
    private const int LongestKey = 255;
    private static readonly TimeSpan ShortRetry = TimeSpan.FromSeconds(2);

    public async Task<(AdmittedJob? Job, ProblemHttpResult? Problem)> AdmitAsync(
        HttpContext context, ChatCompletion completion, DisconnectPolicy policy, TimeSpan quietTime, CancellationToken cancellationToken)
    {
        if (Refusal(context) is { } refusal)
        {
            return (null, refusal);
        }

        var owner = Caller.Of(context);
        var idempotencyKey = context.Request.Headers[IdempotencyHeader];
        if (idempotencyKey.Count > 0 && !IsKey(idempotencyKey.ToString()))
        {
            return (null, Problem.BadIdempotencyKey(LongestKey));
        }

        var known = await models.ReadAsync();
        if (known.FirstOrDefault(model => model.Name == completion.Model) is not { } model)
        {
            return (null, NoModel(context, known));
        }

        var job = new NewJob
        {
            Id = idempotencyKey.Count > 0 ? JobId.Of(owner, idempotencyKey.ToString()) : JobId.New(),
            Owner = owner,
            Completion = completion,
            Provider = model.Provider,
            OnDisconnect = policy,
            Fingerprint = Fingerprint(completion, policy),
        };
        return await EnterAsync(context, job, quietTime, cancellationToken);
    }

    private static ProblemHttpResult NoModel(HttpContext context, IReadOnlyList<ModelAnnouncement> known)
    {
        if (known.Count > 0)
        {
            return Problem.UnknownModel(known.Select(model => model.Name));
        }

        Problem.RetryAfter(context, ShortRetry);
        return Problem.NoWorker();
    }

    private static bool IsKey(string key) => key.Length is > 0 and <= LongestKey && key.All(static character => character is > ' ' and <= '~');

    private static string Fingerprint(ChatCompletion completion, DisconnectPolicy policy) =>
        Convert.ToHexStringLower(SHA256.HashData([(byte)policy, .. JsonSerializer.SerializeToUtf8Bytes(completion)]));

    private ProblemHttpResult? Refusal(HttpContext context)
    {
        if (drain.HasBegun)
        {
            Problem.RetryAfter(context, TimeSpan.FromSeconds(1));
            context.Response.Headers.Connection = "close";
            return Problem.ShuttingDown();
        }

        // While Redis is away the client would only wait for its time limit.
        if (!redis.IsConnected)
        {
            Problem.RetryAfter(context, ShortRetry);
            return Problem.Unavailable();
        }

        return null;
    }

    private async Task<(AdmittedJob? Job, ProblemHttpResult? Problem)> EnterAsync(HttpContext context, NewJob job, TimeSpan quietTime, CancellationToken cancellationToken)
    {
        RequestTelemetry.Describe(context, job.Id);
        using var span = ChatTelemetry.Enqueue(job);
        var earlier = await jobs.AdmitAsync(job);
        if (earlier is not null)
        {
            if (earlier != job.Fingerprint)
            {
                return (null, Problem.ReusedIdempotencyKey());
            }

            if (await jobs.ReadAsync(job.Id) is null or { HasExpired: true })
            {
                return (null, Problem.Expired());
            }
        }

        var viewer = await relay.WatchAsync(job.Id, after: 0, quietTime, cancellationToken);
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
