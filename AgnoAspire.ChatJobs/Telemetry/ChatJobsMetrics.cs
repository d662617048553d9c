using System.Diagnostics.Metrics;

namespace AgnoAspire.ChatJobs;

/// <summary>Our instruments.</summary>
internal sealed class ChatJobsMetrics : IDisposable
{
    private readonly Meter meter;
    private readonly Counter<long> recovered;

    public ChatJobsMetrics(IMeterFactory meters)
    {
        meter = meters.Create(ChatTelemetry.Name);
        recovered = meter.CreateCounter<long>(
            "agno.relay.chunks.recovered", "{chunk}", "Chunks that publish/subscribe did not bring and the log did.");
    }

    public void Recovered(int chunks)
    {
        if (chunks > 0)
        {
            recovered.Add(chunks);
        }
    }

    public void Dispose() => meter.Dispose();
}
