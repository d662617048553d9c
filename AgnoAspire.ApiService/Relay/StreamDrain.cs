using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService.Relay;

/// <summary>
/// How open streams end when the process is asked to stop: nothing new is admitted, streams go on for the drain time, then they are closed
/// without a terminal chunk, which tells their clients to resume on another replica.
/// </summary>
internal sealed class StreamDrain : IDisposable
{
    private readonly CancellationTokenSource cut;
    private readonly CancellationTokenRegistration registration;

    public StreamDrain(IHostApplicationLifetime lifetime, IOptions<ChatApiOptions> options, TimeProvider time)
    {
        cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Cut = cut.Token;
        registration = lifetime.ApplicationStopping.Register(() =>
        {
            HasBegun = true;
            cut.CancelAfter(options.Value.DrainTime);
        });
    }

    /// <summary>Gets whether nothing new is admitted any more.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Gets what fires when open streams are closed.</summary>
    public CancellationToken Cut { get; }

    public void Dispose()
    {
        registration.Dispose();
        cut.Dispose();
    }
}
