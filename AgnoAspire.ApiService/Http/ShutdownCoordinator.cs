namespace AgnoAspire.ApiService.Http;

/// <summary>
/// Ends open streams when the process stops: new chats are rejected, streams continue for the drain timeout and are then closed without a
/// terminal chunk, so that their clients resume on another replica.
/// </summary>
internal sealed class ShutdownCoordinator(IOptions<ChatApiOptions> options, TimeProvider time) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource abort = new(Timeout.InfiniteTimeSpan, time);

    /// <summary>Gets whether new chats are rejected.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Gets a token that is cancelled when open streams are closed.</summary>
    public CancellationToken StreamsAborted => abort.Token;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsDraining = true;
        abort.CancelAfter(options.Value.ShutdownDrainTimeout);
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => abort.Dispose();
}
