namespace AgnoAspire.Worker.Inference;

/// <summary>A provider did not give a whole answer. The message may be sent to the caller: it contains no prompt, answer or key.</summary>
#pragma warning disable CA1032 // A failure always has a code, which the standard constructors do not take.
internal sealed class InferenceException(string code, string message) : Exception(message)
#pragma warning restore CA1032
{
    /// <summary>Gets the kind of failure, one of <see cref="ErrorCode"/>.</summary>
    public string Code { get; } = code;

    /// <summary>Gets whether the same request may succeed later or elsewhere.</summary>
    public bool Transient { get; init; }

    /// <summary>Gets whether the request itself was refused, so that no other endpoint is worth trying.</summary>
    public bool IsCallerError { get; init; }

    /// <summary>Gets the delay the provider asked for; null if it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
