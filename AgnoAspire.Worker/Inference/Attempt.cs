using AgnoAspire.ChatJobs.Contracts;

namespace AgnoAspire.Worker.Inference;

/// <summary>One request to one endpoint, and the pieces of its answer. Disposing it hangs up.</summary>
internal sealed class Attempt : IAsyncDisposable
{
    private readonly AttemptTimeouts watchdog;

    /// <summary>Initializes a new instance of the <see cref="Attempt"/> class; nothing is sent before <see cref="BeginAsync"/>.</summary>
    /// <param name="endpoint">What is asked.</param>
    /// <param name="completion">What to answer.</param>
    /// <param name="prefix">The text to continue after, or <see langword="null"/>.</param>
    /// <param name="watchdog">Watches it; disposed with this.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public Attempt(ModelEndpoint endpoint, ChatCompletion completion, string? prefix, AttemptTimeouts watchdog, CancellationToken cancellationToken)
    {
        this.watchdog = watchdog;
        Pieces = endpoint.AttemptAsync(completion, prefix, watchdog, cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>Gets the answer, at its first piece once <see cref="BeginAsync"/> has ended.</summary>
    public IAsyncEnumerator<CompletionDelta> Pieces { get; }

    /// <summary>Sends the request and waits for the first piece.</summary>
    /// <returns>A task that ends when it is there; every answer has one.</returns>
    /// <exception cref="InferenceException">There is no first piece.</exception>
    public async ValueTask BeginAsync() => await Pieces.MoveNextAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Pieces.DisposeAsync();
        watchdog.Dispose();
    }
}
