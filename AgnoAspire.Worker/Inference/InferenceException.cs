using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Worker.Inference;

/// <summary>A provider did not give a whole answer.</summary>
/// <remarks>The message is fit for the caller: it names the model and the reason, and holds no prompt, answer or key.</remarks>
#pragma warning disable CA1032 // A failure always has a code, so the usual constructors would make half a failure.
internal sealed class InferenceException : Exception
#pragma warning restore CA1032
{
    /// <summary>Initializes a new instance of the <see cref="InferenceException"/> class.</summary>
    /// <param name="code">One of <see cref="ErrorCode"/>'s.</param>
    /// <param name="message">What happened, in a sentence.</param>
    public InferenceException(string code, string message)
        : base(message)
    {
        Code = code;
    }

    /// <summary>Gets which kind of failure it is, one of <see cref="ErrorCode"/>'s.</summary>
    public string Code { get; }

    /// <summary>Gets a value indicating whether the same request may well succeed another time or elsewhere.</summary>
    public bool Transient { get; init; }

    /// <summary>Gets a value indicating whether the request itself was refused, so that no other endpoint is worth asking.</summary>
    public bool IsCallerError { get; init; }

    /// <summary>Gets how long the provider asked to be left alone; <see langword="null"/> where it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
