using AgnoAspire.ChatJobs.Contracts;
using Polly;
using Polly.CircuitBreaker;

namespace AgnoAspire.Worker.Inference;

/// <summary>
/// Leaves an endpoint alone after it has failed too often, so that many jobs do not find out one by one. One for each provider and upstream model in
/// the process. It guards the way to an answer's first piece, not the answer: what has begun is the reader's.
/// </summary>
/// <remarks>
/// Opens when half of at least five attempts that ended within 30 seconds failed; then rests for 10 seconds, or as long as the provider asked, doubled
/// with each rest in a row up to 2 minutes. After a rest one attempt goes through and decides. Requests that are themselves at fault do not count.
/// </remarks>
internal sealed partial class EndpointCircuitBreaker
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);

    /// <summary>When to ask again while the attempt that decides is under way.</summary>
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(2);

    private readonly string endpoint;
    private readonly TimeProvider timeProvider;
    private readonly ILogger<EndpointCircuitBreaker> logger;
    private readonly Action<string, string?> whenOpened;
    private readonly CircuitBreakerStateProvider state = new();
    private readonly ResiliencePipeline pipeline;
    private volatile InferenceException? lastFailure;
    private long restsUntil;

    /// <summary>Initializes a new instance of the <see cref="EndpointCircuitBreaker"/> class.</summary>
    /// <param name="endpoint">The endpoint's name in logs.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="whenOpened">Is told each time the endpoint begins to be left alone: its name and the code of the last failure.</param>
    public EndpointCircuitBreaker(string endpoint, TimeProvider timeProvider, ILogger<EndpointCircuitBreaker> logger, Action<string, string?> whenOpened)
    {
        this.endpoint = endpoint;
        this.timeProvider = timeProvider;
        this.logger = logger;
        this.whenOpened = whenOpened;
        pipeline = new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 5,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDurationGenerator = arguments => ValueTask.FromResult(Rest(arguments.HalfOpenAttempts)),
                StateProvider = state,
                ShouldHandle = arguments => ValueTask.FromResult(IsFailure(arguments.Outcome.Exception)),
                OnOpened = Opened,
                OnClosed = Closed,
            })
            .Build();
    }

    /// <summary>Gets a value indicating whether the endpoint has failed too often and has not answered since.</summary>
    public bool IsTripped => state.CircuitState != CircuitState.Closed;

    /// <summary>Gets a value indicating whether the endpoint is being left alone.</summary>
    public bool IsOpen => timeProvider.GetUtcNow().UtcTicks < Volatile.Read(ref restsUntil);

    /// <summary>Takes an attempt to its first piece.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="model">The model's public name, for failures.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>A task that ends when the first piece is there.</returns>
    /// <exception cref="InferenceException">The attempt failed, or was not made because the endpoint rests.</exception>
    public async ValueTask BeginAsync(Attempt attempt, string model, CancellationToken cancellationToken)
    {
        try
        {
            await pipeline.ExecuteAsync(static (attempt, _) => attempt.BeginAsync(), attempt, cancellationToken);
        }
        catch (InferenceException failure)
        {
            LogFailed(endpoint, model, failure.Code, failure.Message);
            throw;
        }
        catch (BrokenCircuitException broken)
        {
            throw Refusal(model, broken.RetryAfter ?? ProbeTime);
        }
    }

    /// <summary>The failure's kind is that of the last one; its words are not, as they were about somebody else's request.</summary>
    private InferenceException Refusal(string model, TimeSpan rest)
    {
        var code = lastFailure?.Code is ErrorCode.ProviderAuthentication or ErrorCode.ProviderRateLimited ? lastFailure.Code : ErrorCode.ProviderUnavailable;
        return new InferenceException(code, $"The provider of model '{model}' has failed too often of late and is being left alone for a moment.")
        {
            Transient = true,
            RetryAfter = rest,
        };
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
                // A cancelled attempt says nothing; but if it was the one to decide, the endpoint has not shown that it is well.
                return state.CircuitState == CircuitState.HalfOpen;
        }
    }

    private TimeSpan Rest(int restsBefore)
    {
        var rest = FirstRest * Math.Pow(2, Math.Min(restsBefore, 10));
        rest = lastFailure?.RetryAfter > rest ? lastFailure.RetryAfter.Value : rest;
        return rest < LongestRest ? rest : LongestRest;
    }

    private ValueTask Opened(OnCircuitOpenedArguments<object> arguments)
    {
        Volatile.Write(ref restsUntil, (timeProvider.GetUtcNow() + arguments.BreakDuration).UtcTicks);
        LogOpened(endpoint, arguments.BreakDuration, lastFailure?.Code);
        whenOpened(endpoint, lastFailure?.Code);
        return ValueTask.CompletedTask;
    }

    private ValueTask Closed(OnCircuitClosedArguments<object> arguments)
    {
        LogClosed(endpoint);
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(LogLevel.Information, "Endpoint {Endpoint} began no answer for model {Model}: {Code}: {Reason}")]
    private partial void LogFailed(string endpoint, string model, string code, string reason);

    [LoggerMessage(LogLevel.Warning, "Endpoint {Endpoint} has failed too often and is left alone for {Rest}; the last failure was {Code}.")]
    private partial void LogOpened(string endpoint, TimeSpan rest, string? code);

    [LoggerMessage(LogLevel.Information, "Endpoint {Endpoint} answers again.")]
    private partial void LogClosed(string endpoint);
}
