using System.Security.Cryptography;

namespace AgnoAspire.ChatJobs.Jobs;

/// <summary>A job as the API admits it.</summary>
public sealed record NewJob
{
    /// <summary>Gets the id, from <see cref="JobId"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Gets who asked; only this caller may see the job.</summary>
    public required string Owner { get; init; }

    /// <summary>Gets what was asked.</summary>
    public required ChatCompletion Completion { get; init; }

    /// <summary>Gets the label of what will answer, as announced by the workers.</summary>
    public required string Provider { get; init; }

    /// <summary>Gets whether the job continues without viewers. The default is to cancel it.</summary>
    public DisconnectPolicy OnDisconnect { get; init; }

    /// <summary>Gets a hash of the request, which distinguishes a repeated idempotency key from a reused one.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Gets the secret that signs the job's stream tokens, 32 random bytes.</summary>
    public ReadOnlyMemory<byte> Secret { get; init; } = RandomNumberGenerator.GetBytes(32);
}

/// <summary>What becomes of a job whose last viewer left.</summary>
public enum DisconnectPolicy
{
    /// <summary>It is cancelled after <see cref="ChatJobsOptions.DisconnectGracePeriod"/>.</summary>
    Cancel,

    /// <summary>It goes on.</summary>
    Continue,
}
