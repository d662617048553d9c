using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Inference;

/// <summary>Which route answers, when routes are tried again, and that a delta once sent is final.</summary>
public sealed class FailoverTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_delta_of_a_standby_answers_after_a_failure()
    {
        var standby = ScriptedModel.Texts(FinishReason.Stop, "Hello");
        var failover = ScriptedModel.Failover(time, 0, (ScriptedModel.Fails(ScriptedModel.Failure()), 1), (standby, 0));

        var (deltas, failure) = await ReadAsync(failover, "Once");

        Assert.Null(failure);
        Assert.Equal(("Hello", FinishReason.Stop), (deltas.Text(), deltas[^1].FinishReason));
        Assert.Equal("Once", Assert.Single(standby.Requests).Prefix);
    }

    [Fact]
    public async Task Failure_after_text_is_final()
    {
        var standby = ScriptedModel.Texts(FinishReason.Stop, "Hello");
        var failover = ScriptedModel.Failover(time, 5, (ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderClosed), "Once"), 1), (standby, 0));

        var (deltas, failure) = await ReadAsync(failover);

        Assert.Equal(("Once", ErrorCode.ProviderClosed), (deltas.Text(), failure?.Code));
        Assert.Empty(standby.Requests);
    }

    [Fact]
    public async Task Caller_error_is_not_sent_to_another_route()
    {
        var standby = ScriptedModel.Texts(FinishReason.Stop, "Hello");
        var failover = ScriptedModel.Failover(time, 5, (ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderRejected, transient: false, isCallerError: true)), 1), (standby, 0));

        Assert.Equal(ErrorCode.ProviderRejected, (await ReadAsync(failover)).Failure?.Code);
        Assert.Empty(standby.Requests);
    }

    [Fact]
    public async Task Unexpected_exception_is_not_retried()
    {
        var failover = ScriptedModel.Failover(time, 5, (ScriptedModel.Fails(new InvalidCastException()), 1), (ScriptedModel.Texts(FinishReason.Stop, "Hello"), 0));

        await Assert.ThrowsAsync<InvalidCastException>(() => ReadAsync(failover));
    }

    [Fact]
    public async Task All_routes_are_tried_again_after_the_shortest_delay()
    {
        var attempts = 0;
        var first = new ScriptedClient((request, token) =>
            (attempts++ == 0 ? ScriptedModel.Fails(ScriptedModel.Failure(retryAfter: TimeSpan.FromSeconds(15))) : ScriptedModel.Texts(FinishReason.Stop, "Hello"))
                .GetStreamingResponseAsync([], new() { RawRepresentationFactory = _ => request }, token));
        var second = ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderRateLimited, retryAfter: TimeSpan.FromSeconds(7)));
        var failover = ScriptedModel.Failover(time, 1, (first, 1), (second, 0));
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var reading = DeltaReader.ReadAsync(failover.StreamAsync(ScriptedModel.Prompt, null, waits => _ = waits && waiting.TrySetResult(), null, Cancel));
        await waiting.Task.WaitAsync(Bound, Cancel);
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.False(reading.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.5));

        Assert.Equal("Hello", (await reading.WaitAsync(Bound, Cancel)).Pieces.Text());
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task First_failure_is_reported_when_every_route_failed()
    {
        var failover = ScriptedModel.Failover(
            time, 0, (ScriptedModel.Fails(ScriptedModel.Failure()), 1), (ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderAuthentication, transient: false)), 0));

        Assert.Equal(ErrorCode.ProviderUnavailable, (await ReadAsync(failover)).Failure?.Code);
    }

    [Fact]
    public async Task Total_timeout_ends_the_wait_between_rounds()
    {
        var failover = ScriptedModel.Failover(time, 5, (ScriptedModel.Fails(ScriptedModel.Failure(retryAfter: TimeSpan.FromSeconds(20))), 1));
        var waits = 0;
        using var waiting = new SemaphoreSlim(0);

        var reading = DeltaReader.ReadAsync(failover.StreamAsync(
            ScriptedModel.Prompt,
            null,
            begins =>
            {
                waits += begins ? 1 : 0;
                _ = begins ? waiting.Release() : 0;
            },
            null,
            Cancel));
        while (await Task.WhenAny(reading, waiting.WaitAsync(Cancel)).WaitAsync(Bound, Cancel) != reading && waits < 10)
        {
            time.Advance(TimeSpan.FromSeconds(25));
        }

        Assert.Equal(ErrorCode.ProviderUnavailable, (await reading.WaitAsync(Bound, Cancel)).Failure?.Code);
        Assert.InRange(waits, 2, 3);
    }

    [Fact]
    public async Task Silence_is_a_timeout_and_leads_to_the_next_route()
    {
        var silent = ScriptedModel.Stalls();
        var failover = ScriptedModel.Failover(time, 0, (silent, 1), (ScriptedModel.Texts(FinishReason.Stop, "Hello"), 0));

        var reading = ReadAsync(failover);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("Hello", (await reading.WaitAsync(Bound, Cancel)).Deltas.Text());
    }

    [Fact]
    public async Task Answer_without_a_finish_reason_is_a_closed_stream()
    {
        var failover = ScriptedModel.Failover(time, 0, (ScriptedModel.Texts(null, "Once"), 1));

        Assert.Equal(ErrorCode.ProviderClosed, (await ReadAsync(failover)).Failure?.Code);
    }

    [Fact]
    public async Task Answer_that_fails_is_continued_on_the_other_route()
    {
        var failing = ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderClosed), "Once");
        var standby = ScriptedModel.Texts(FinishReason.Stop, " upon");
        var continuation = new Continuation("Once", times: 1);

        var (deltas, failure) = await DeltaReader.ReadAsync(
            ScriptedModel.Failover(time, 0, (failing, 1), (standby, 0)).StreamAsync(ScriptedModel.Prompt, null, null, continuation, Cancel));

        Assert.Equal(("Once upon", null), (deltas.Text(), failure?.Code));
        Assert.Single(failing.Requests);
        Assert.Equal("Once", Assert.Single(standby.Requests).Prefix);
        Assert.Equal([ErrorCode.ProviderClosed], continuation.Failures);
    }

    [Fact]
    public async Task Single_route_continues_its_own_answer_as_often_as_allowed()
    {
        var failing = ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderClosed), "Once");

        var (deltas, failure) = await DeltaReader.ReadAsync(
            ScriptedModel.Failover(time, 0, (failing, 1)).StreamAsync(ScriptedModel.Prompt, null, null, new Continuation(null, times: 2), Cancel));

        Assert.Equal(("OnceOnceOnce", ErrorCode.ProviderClosed), (deltas.Text(), failure?.Code));
        Assert.Equal(3, failing.Requests.Count);
    }

    [Fact]
    public async Task Answer_that_is_refused_in_the_middle_is_not_continued()
    {
        var failing = ScriptedModel.Fails(ScriptedModel.Failure(ErrorCode.ProviderRejected, isCallerError: true), "Once");
        var continuation = new Continuation(null, times: 2);

        await DeltaReader.ReadAsync(ScriptedModel.Failover(time, 0, (failing, 1)).StreamAsync(ScriptedModel.Prompt, null, null, continuation, Cancel));

        Assert.Empty(continuation.Failures);
        Assert.Single(failing.Requests);
    }

    private static async Task<(List<CompletionDelta> Deltas, InferenceException? Failure)> ReadAsync(Failover failover, string? prefix = null) =>
        await DeltaReader.ReadAsync(failover.StreamAsync(ScriptedModel.Prompt, prefix, null, null, Cancel));

    private sealed class Continuation(string? prefix, int times) : IAnswerContinuation
    {
        public List<string> Failures { get; } = [];

        public string? Prefix => prefix;

        public bool TryContinueAfter(InferenceException failure)
        {
            var may = Failures.Count < times;
            if (may)
            {
                Failures.Add(failure.Code);
            }

            return may;
        }
    }
}
