using System.Runtime.CompilerServices;
using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Worker.Inference;

/// <summary>A model of the catalogue, ready to answer.</summary>
/// <param name="name">The public name.</param>
/// <param name="continuation">What becomes of an answer whose worker died.</param>
/// <param name="turns">How many answers may be under way.</param>
/// <param name="failover">Finds who answers.</param>
internal sealed class ServedModel(string name, ContinuationPolicy continuation, ModelConcurrency turns, Failover failover)
{
    /// <summary>Gets the public name, as callers ask for it.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the providers' labels, for logs and for people.</summary>
    public string Provider => failover.Providers;

    /// <summary>Gets what becomes of an answer whose worker died in mid-stream.</summary>
    public ContinuationPolicy Continuation { get; } = continuation;

    /// <inheritdoc cref="StreamAsync(ChatCompletion, string, Action, CancellationToken)"/>
    public IAsyncEnumerable<CompletionDelta> StreamAsync(ChatCompletion completion, string? prefix, CancellationToken cancellationToken) =>
        StreamAsync(completion, prefix, null, cancellationToken);

    /// <summary>Answers a chat completion.</summary>
    /// <param name="completion">What to answer.</param>
    /// <param name="prefix">The text already shown, which the answer is to continue after; <see langword="null"/> for a new answer.</param>
    /// <param name="waits">Called whenever the answer has to wait for something other than its provider: its turn, or the next attempt.</param>
    /// <param name="cancellationToken">Stops it, at the provider too.</param>
    /// <returns>Texts, and at the end exactly one piece with the finish reason.</returns>
    /// <exception cref="InferenceException">The provider did not give a whole answer; before the first text other endpoints and further attempts were tried.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> fired.</exception>
    public async IAsyncEnumerable<CompletionDelta> StreamAsync(
        ChatCompletion completion, string? prefix, Action? waits, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await turns.TakeAsync(Name, waits, cancellationToken);
        try
        {
            await foreach (var piece in failover.StreamAsync(completion, prefix, waits, cancellationToken))
            {
                yield return piece;
            }
        }
        finally
        {
            turns.GiveBack();
        }
    }
}
