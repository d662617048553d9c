using System.Security.Cryptography;
using System.Text.Json;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Models;
using Microsoft.AspNetCore.Http.HttpResults;
using AgnoAspire.ChatJobs.Queue;

namespace AgnoAspire.ApiService.Admission;

/// <summary>
/// Turns a chat completion into a job that runs once. The same Idempotency-Key of the same caller leads to the same job, and a job that was
/// accepted is attached to before models, limits and queue are looked at: an answer that exists can be read.
/// </summary>
internal sealed class ChatAdmission(ModelRegistry models, ShutdownCoordinator drain, JobQueue queue, JobSubmitter entry, StreamTokens tokens)
{
    private const string IdempotencyHeader = "Idempotency-Key";
    private const int LongestKey = 255;
    private static readonly TimeSpan ShortRetry = TimeSpan.FromSeconds(2);

    public async Task<(AdmittedJob? Job, ProblemHttpResult? Problem)> AdmitAsync(
        HttpContext context, ChatCompletion completion, DisconnectPolicy policy, CancellationToken cancellationToken)
    {
        if (Refusal(context) is { } refusal)
        {
            return (null, refusal);
        }

        var owner = Caller.Of(context);
        var idempotencyKey = context.Request.Headers[IdempotencyHeader];
        if (idempotencyKey.Count > 0 && !IsKey(idempotencyKey.ToString()))
        {
            return (null, ApiProblems.BadIdempotencyKey(LongestKey));
        }

        var id = idempotencyKey.Count > 0 ? JobId.Of(owner, idempotencyKey.ToString()) : JobId.New();
        var fingerprint = Fingerprint(completion, policy);
        var (admitted, problem) = (idempotencyKey.Count > 0 ? await entry.TryAttachAsync(context, id, fingerprint, cancellationToken) : null)
            ?? await SubmitAsync(context, id, fingerprint, completion, policy, cancellationToken);
        if (admitted is not null)
        {
            tokens.Issue(context, id, owner);
        }

        return (admitted, problem);
    }

    private async Task<(AdmittedJob? Job, ProblemHttpResult? Problem)> SubmitAsync(
        HttpContext context, string id, string fingerprint, ChatCompletion completion, DisconnectPolicy policy, CancellationToken cancellationToken)
    {
        var known = await models.ReadAsync();
        if (known.FirstOrDefault(model => model.Name == completion.Model) is not { } model)
        {
            return (null, NoModel(context, known));
        }

        var job = new NewJob
        {
            Id = id,
            Owner = Caller.Of(context),
            Completion = completion,
            Provider = model.Provider,
            OnDisconnect = policy,
            Fingerprint = fingerprint,
        };
        return await entry.SubmitAsync(context, job, cancellationToken);
    }

    private static ProblemHttpResult NoModel(HttpContext context, IReadOnlyList<RegisteredModel> known)
    {
        if (known.Count > 0)
        {
            return ApiProblems.UnknownModel(known.Select(model => model.Name));
        }

        ApiProblems.RetryAfter(context, ShortRetry);
        return ApiProblems.NoWorker();
    }

    private static bool IsKey(string key) => key.Length is > 0 and <= LongestKey && key.All(static character => character is > ' ' and <= '~');

    private static string Fingerprint(ChatCompletion completion, DisconnectPolicy policy) =>
        Convert.ToHexStringLower(SHA256.HashData([(byte)policy, .. JsonSerializer.SerializeToUtf8Bytes(completion)]));

    private ProblemHttpResult? Refusal(HttpContext context)
    {
        if (drain.IsDraining)
        {
            ApiProblems.RetryAfter(context, TimeSpan.FromSeconds(1));
            context.Response.Headers.Connection = "close";
            return ApiProblems.ShuttingDown();
        }

        // While Redis is unavailable the client would only wait for its timeout.
        if (!queue.IsAvailable)
        {
            ApiProblems.RetryAfter(context, ShortRetry);
            return ApiProblems.Unavailable();
        }

        return null;
    }
}
