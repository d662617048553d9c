using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>
/// How open streams end when the process is asked to stop: nothing new is admitted, streams go on for the drain time, then they are closed
/// without a terminal chunk, which tells their clients to resume on another replica.
/// </summary>
internal sealed class ShutdownCoordinator : IDisposable
{
    private readonly CancellationTokenSource cut;
    private readonly CancellationTokenRegistration registration;

    public ShutdownCoordinator(IHostApplicationLifetime lifetime, IOptions<ChatApiOptions> options, TimeProvider time)
    {
        cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        StreamsAborted = cut.Token;
        registration = lifetime.ApplicationStopping.Register(() =>
        {
            IsDraining = true;
            cut.CancelAfter(options.Value.ShutdownDrainTimeout);
        });
    }

    /// <summary>Gets whether nothing new is admitted any more.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Gets what fires when open streams are closed.</summary>
    public CancellationToken StreamsAborted { get; }

    public void Dispose()
    {
        registration.Dispose();
        cut.Dispose();
    }
}
