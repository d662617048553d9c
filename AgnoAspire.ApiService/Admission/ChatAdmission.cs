using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ChatJobs.Models;

namespace AgnoAspire.ApiService.Admission;

/// <summary>
/// Creates a job for a chat completion. The same Idempotency-Key of the same caller leads to the same job, and a job that was accepted is attached
/// to before models, limits and queue are looked at: an answer that exists can be read.
/// </summary>
internal sealed class ChatAdmission(ModelRegistry models, ShutdownCoordinator shutdown, JobQueue queue, JobSubmitter submitter, StreamTokens tokens)
{
    private const string IdempotencyHeader = "Idempotency-Key";
    private const int MaxKeyLength = 255;
    private static readonly TimeSpan ShortRetry = TimeSpan.FromSeconds(2);

    public async Task<Result<AdmittedJob>> AdmitAsync(
        HttpContext context, ChatCompletion completion, DisconnectPolicy policy, CancellationToken cancellationToken)
    {
        if (CheckAvailable(context) is { } unavailable)
        {
            return unavailable;
        }

        var idempotencyKey = context.Request.Headers[IdempotencyHeader];
        if (idempotencyKey.Count > 0 && !IsValidKey(idempotencyKey.ToString()))
        {
            return ApiProblems.BadIdempotencyKey(MaxKeyLength);
        }

        var caller = context.Caller();
        var id = idempotencyKey.Count > 0 ? JobId.Of(caller, idempotencyKey.ToString()) : JobId.New();
        var fingerprint = RequestFingerprint.Of(completion, policy);
        var admitted = (idempotencyKey.Count > 0 ? await submitter.TryAttachAsync(context, id, fingerprint, cancellationToken) : null)
            ?? await SubmitAsync(context, id, fingerprint, completion, policy, cancellationToken);
        if (admitted is { IsSuccess: true, Value: { } job })
        {
            context.Response.Headers[StreamTokens.Header] = tokens.Create(job.Id, caller, job.Secret.Span);
        }

        return admitted;
    }

    private async Task<Result<AdmittedJob>> SubmitAsync(
        HttpContext context, string id, string fingerprint, ChatCompletion completion, DisconnectPolicy policy, CancellationToken cancellationToken)
    {
        var known = await models.ReadAsync();
        if (known.FirstOrDefault(model => model.Name == completion.Model) is not { } model)
        {
            return UnknownModel(context, known);
        }

        var job = new NewJob
        {
            Id = id,
            Owner = context.Caller(),
            Completion = completion,
            Provider = model.Provider,
            OnDisconnect = policy,
            Fingerprint = fingerprint,
        };
        return await submitter.SubmitAsync(context, job, cancellationToken);
    }

    private static ProblemHttpResult UnknownModel(HttpContext context, IReadOnlyList<RegisteredModel> known)
    {
        if (known.Count > 0)
        {
            return ApiProblems.UnknownModel(known.Select(model => model.Name));
        }

        ApiProblems.RetryAfter(context, ShortRetry);
        return ApiProblems.NoWorker();
    }

    private static bool IsValidKey(string key) => key.Length is > 0 and <= MaxKeyLength && key.All(static character => character is > ' ' and <= '~');

    private ProblemHttpResult? CheckAvailable(HttpContext context)
    {
        if (shutdown.IsDraining)
        {
            context.Response.Headers.Connection = "close";
            return ApiProblems.ShuttingDown(context);
        }

        // Without Redis the request would only wait for a timeout.
        if (!queue.IsAvailable)
        {
            ApiProblems.RetryAfter(context, ShortRetry);
            return ApiProblems.Unavailable();
        }

        return null;
    }
}

/// <summary>An accepted job, with a viewer from its first chunk on.</summary>
/// <param name="Id">The job.</param>
/// <param name="Viewer">The viewer; the receiver disposes it.</param>
/// <param name="Secret">The secret that signs the job's stream tokens.</param>
internal sealed record AdmittedJob(string Id, Viewer Viewer, ReadOnlyMemory<byte> Secret);
