using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AgnoAspire.ChatJobs.Telemetry;

namespace AgnoAspire.Worker.Inference;

/// <summary>The breakers of this process, one for each provider and upstream model, and what is measured of them.</summary>
internal sealed class EndpointCircuitBreakers : IDisposable
{
    /// <summary>The attribute that names the endpoint: provider, slash, upstream model.</summary>
    public const string EndpointAttribute = "agno.provider.endpoint";

    private readonly ConcurrentDictionary<string, EndpointCircuitBreaker> breakers = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider timeProvider;
    private readonly ILoggerFactory loggers;
    private readonly Meter meter;
    private readonly Counter<long> openings;

    /// <summary>Initializes a new instance of the <see cref="EndpointCircuitBreakers"/> class.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggers">The log.</param>
    /// <param name="meters">Makes the meter.</param>
    public EndpointCircuitBreakers(TimeProvider timeProvider, ILoggerFactory loggers, IMeterFactory meters)
    {
        this.timeProvider = timeProvider;
        this.loggers = loggers;
        meter = meters.Create(ChatTelemetry.Inference);
        openings = meter.CreateCounter<long>("agno.provider.circuit.openings", "{opening}", "Times an endpoint that had failed too often began to be left alone.");
        meter.CreateObservableGauge("agno.provider.circuit.open", Read, "1", "1 while an endpoint is left alone or has not answered since, 0 while it is asked.");
    }

    /// <summary>The breaker of an endpoint; upper and lower case do not differ.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="upstreamModel">The model's name there.</param>
    /// <returns>The one for all models that are served from there.</returns>
    public EndpointCircuitBreaker For(string provider, string upstreamModel) =>
        breakers.GetOrAdd($"{provider}/{upstreamModel}", name => new EndpointCircuitBreaker(name, timeProvider, loggers.CreateLogger<EndpointCircuitBreaker>(), Opened));

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private void Opened(string endpoint, string? code) =>
        openings.Add(1, new KeyValuePair<string, object?>(EndpointAttribute, endpoint), new KeyValuePair<string, object?>("error.type", code));

    private IEnumerable<Measurement<int>> Read() =>
        breakers.Select(static breaker => new Measurement<int>(breaker.Value.IsTripped ? 1 : 0, new KeyValuePair<string, object?>(EndpointAttribute, breaker.Key)));
}
