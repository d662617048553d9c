using System.Diagnostics.Metrics;
using Polly;
using Polly.CircuitBreaker;

namespace AgnoAspire.Worker.Inference;

/// <summary>
/// The circuit breaker of one provider and upstream model, shared by all models and jobs of the process. It covers an attempt up to its first
/// delta.
/// </summary>
/// <remarks>
/// Opens when half of at least five attempts that ended within 30 seconds failed, for 10 seconds or as long as the provider asked, doubled with each
/// break in a row up to 2 minutes. Then one attempt goes through and decides. Failures caused by the caller do not count.
/// </remarks>
internal sealed partial class EndpointCircuitBreaker
{
    private static readonly TimeSpan InitialBreak = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MaxBreak = TimeSpan.FromMinutes(2);

    // When to try again while the attempt that decides is running.
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(2);

    private readonly string endpoint;
    private readonly TimeProvider timeProvider;
    private readonly ILogger<EndpointCircuitBreaker> logger;
    private readonly Action<string, string?> onOpened;
    private readonly CircuitBreakerStateProvider state = new();
    private readonly ResiliencePipeline pipeline;
    private volatile InferenceException? lastFailure;
    private long openUntil;

    /// <summary>Creates a closed breaker. Each time it opens it reports the endpoint and the code of the last failure.</summary>
    public EndpointCircuitBreaker(string endpoint, TimeProvider timeProvider, ILogger<EndpointCircuitBreaker> logger, Action<string, string?> onOpened)
    {
        this.endpoint = endpoint;
        this.timeProvider = timeProvider;
        this.logger = logger;
        this.onOpened = onOpened;
        pipeline = new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 5,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDurationGenerator = arguments => ValueTask.FromResult(BreakDuration(arguments.HalfOpenAttempts)),
                StateProvider = state,
                ShouldHandle = arguments => ValueTask.FromResult(IsFailure(arguments.Outcome.Exception)),
                OnOpened = OnOpened,
                OnClosed = OnClosed,
            })
            .Build();
    }

    /// <summary>Gets whether the circuit is open or half open: the endpoint has not answered since it failed too often.</summary>
    public bool IsTripped => state.CircuitState != CircuitState.Closed;

    /// <summary>Gets whether the break duration has not elapsed yet.</summary>
    public bool IsOpen => timeProvider.GetUtcNow().UtcTicks < Volatile.Read(ref openUntil);

    /// <summary>Starts an attempt.</summary>
    /// <exception cref="InferenceException">The attempt failed, or was not made because the circuit is open.</exception>
    public async ValueTask StartAsync(Attempt attempt, string model, CancellationToken cancellationToken)
    {
        try
        {
            await pipeline.ExecuteAsync(static (attempt, _) => attempt.StartAsync(), attempt, cancellationToken);
        }
        catch (InferenceException failure)
        {
            LogFailed(endpoint, model, failure.Code, failure.Message);
            throw;
        }
        catch (BrokenCircuitException broken)
        {
            // The code is the last failure's; its message is not, as it was about another request.
            var code = lastFailure?.Code is ErrorCode.ProviderAuthentication or ErrorCode.ProviderRateLimited
                ? lastFailure.Code
                : ErrorCode.ProviderUnavailable;
            throw new InferenceException(code, $"The provider of model '{model}' has failed too often; its circuit is open.")
            {
                Transient = true,
                RetryAfter = broken.RetryAfter ?? ProbeTime,
            };
        }
    }

    private bool IsFailure(Exception? exception)
    {
        switch (exception)
        {
            case null or InferenceException { IsCallerError: true }:
                return false;
            case InferenceException failure:
                lastFailure = failure;
                return true;
            default:
                // A cancelled attempt says nothing about the endpoint; but the one that decides must not close the circuit.
                return state.CircuitState == CircuitState.HalfOpen;
        }
    }

    private TimeSpan BreakDuration(int breaksBefore)
    {
        var duration = InitialBreak * Math.Pow(2, Math.Min(breaksBefore, 10));
        duration = lastFailure?.RetryAfter > duration ? lastFailure.RetryAfter.Value : duration;
        return duration < MaxBreak ? duration : MaxBreak;
    }

    private ValueTask OnOpened(OnCircuitOpenedArguments<object> arguments)
    {
        Volatile.Write(ref openUntil, (timeProvider.GetUtcNow() + arguments.BreakDuration).UtcTicks);
        LogOpened(endpoint, arguments.BreakDuration, lastFailure?.Code);
        onOpened(endpoint, lastFailure?.Code);
        return ValueTask.CompletedTask;
    }

    private ValueTask OnClosed(OnCircuitClosedArguments<object> arguments)
    {
        LogClosed(endpoint);
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(LogLevel.Information, "Endpoint {Endpoint} failed before the first token for model {Model}: {Code}: {Reason}")]
    private partial void LogFailed(string endpoint, string model, string code, string reason);

    [LoggerMessage(LogLevel.Warning, "Circuit opened for endpoint {Endpoint} for {BreakDuration}; the last failure was {Code}.")]
    private partial void LogOpened(string endpoint, TimeSpan breakDuration, string? code);

    [LoggerMessage(LogLevel.Information, "Circuit closed for endpoint {Endpoint}.")]
    private partial void LogClosed(string endpoint);
}

/// <summary>The circuit breakers of this process, one per provider and upstream model, and their metrics.</summary>
internal sealed class EndpointCircuitBreakers : IDisposable
{
    /// <summary>The attribute that names the endpoint: provider, slash, upstream model.</summary>
    public const string EndpointAttribute = "agno.provider.endpoint";

    private readonly ConcurrentDictionary<string, EndpointCircuitBreaker> breakers = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider timeProvider;
    private readonly ILoggerFactory loggers;
    private readonly Meter meter;
    private readonly Counter<long> openings;

    public EndpointCircuitBreakers(TimeProvider timeProvider, ILoggerFactory loggers, IMeterFactory meters)
    {
        this.timeProvider = timeProvider;
        this.loggers = loggers;
        meter = meters.Create(ChatTelemetry.Inference);
        openings = meter.CreateCounter<long>("agno.provider.circuit.openings", "{opening}", "Times the circuit of an endpoint was opened.");
        meter.CreateObservableGauge("agno.provider.circuit.open", Read, "1", "1 while the circuit of an endpoint is open or half open, 0 while it is closed.");
    }

    /// <summary>Returns the circuit breaker of an endpoint; names are compared without case.</summary>
    public EndpointCircuitBreaker For(string provider, string upstreamModel) =>
        breakers.GetOrAdd(
            $"{provider}/{upstreamModel}", name => new EndpointCircuitBreaker(name, timeProvider, loggers.CreateLogger<EndpointCircuitBreaker>(), OnOpened));

    public void Dispose() => meter.Dispose();

    private void OnOpened(string endpoint, string? code) =>
        openings.Add(1, new KeyValuePair<string, object?>(EndpointAttribute, endpoint), new KeyValuePair<string, object?>("error.type", code));

    private IEnumerable<Measurement<int>> Read() =>
        breakers.Select(
            static breaker => new Measurement<int>(breaker.Value.IsTripped ? 1 : 0, new KeyValuePair<string, object?>(EndpointAttribute, breaker.Key)));
}
