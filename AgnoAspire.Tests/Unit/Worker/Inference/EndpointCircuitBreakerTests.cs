using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Inference;

/// <summary>When a circuit opens, for how long, and what closes it.</summary>
public sealed class EndpointCircuitBreakerTests
{
    private static readonly InferenceTimeouts Limits = new(TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1));
    private readonly FakeTimeProvider time = new();
    private readonly List<string?> openings = [];
    private readonly EndpointCircuitBreaker breaker;

    public EndpointCircuitBreakerTests() => breaker = ScriptedModel.Breaker(time, (_, code) => openings.Add(code));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Five_failures_open_the_circuit_and_an_answer_closes_it()
    {
        await FailAsync(times: 5);

        Assert.True(breaker.IsOpen);
        Assert.Equal([ErrorCode.ProviderUnavailable], openings);
        var refusal = await Assert.ThrowsAsync<InferenceException>(() => StartAsync(ScriptedModel.Texts(FinishReason.Stop, "Hello")));
        Assert.Equal((ErrorCode.ProviderUnavailable, true), (refusal.Code, refusal.Transient));
        Assert.InRange(refusal.RetryAfter!.Value, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(10));

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((false, true), (breaker.IsOpen, breaker.IsTripped));
        await StartAsync(ScriptedModel.Texts(FinishReason.Stop, "Hello"));
        Assert.False(breaker.IsTripped);
    }

    [Fact]
    public async Task Caller_errors_do_not_count()
    {
        await FailAsync(times: 20, ScriptedModel.Failure(ErrorCode.ProviderRejected, isCallerError: true));

        Assert.False(breaker.IsTripped);
    }

    [Theory]
    [InlineData(45, new[] { 45, 20, 40, 80, 120, 120 })]
    [InlineData(0, new[] { 10, 20, 40, 80, 120, 120 })]
    public async Task Break_is_as_long_as_asked_and_doubles(int retryAfter, int[] seconds)
    {
        await FailAsync(times: 5, ScriptedModel.Failure(ErrorCode.ProviderRateLimited, retryAfter: TimeSpan.FromSeconds(retryAfter)));
        foreach (var duration in seconds)
        {
            time.Advance(TimeSpan.FromSeconds(duration - 1));
            Assert.True(breaker.IsOpen);
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(breaker.IsOpen);
            await FailAsync(times: 1);
        }
    }

    [Fact]
    public async Task Cancellation_of_the_deciding_attempt_keeps_the_circuit_open()
    {
        await FailAsync(times: 5);
        time.Advance(TimeSpan.FromSeconds(10));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var starting = StartAsync(ScriptedModel.Stalls(), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);

        Assert.True(breaker.IsOpen);
    }

    private async Task FailAsync(int times, InferenceException? failure = null)
    {
        for (var i = 0; i < times; i++)
        {
            await Assert.ThrowsAsync<InferenceException>(() => StartAsync(ScriptedModel.Fails(failure ?? ScriptedModel.Failure())));
        }
    }

    private async Task StartAsync(IChatClient client, CancellationToken? cancellationToken = null)
    {
        var token = cancellationToken ?? Cancel;
        using var timeouts = new AttemptTimeouts(Limits, time, CancellationToken.None, token);
        await using var attempt = new Attempt(new ModelRoute(new ModelEndpoint("p", client), breaker, 1), ScriptedModel.Prompt, null, timeouts, token);
        await breaker.StartAsync(attempt, "m", token);
    }
}
