using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Inference;

/// <summary>What the span of an answer says that was not finished.</summary>
public sealed class InferenceSpanTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(true, ActivityStatusCode.Unset)]
    [InlineData(false, ActivityStatusCode.Error)]
    public async Task Timeout_is_an_error_and_a_cancellation_is_none(bool isCancelled, ActivityStatusCode expected)
    {
        using var root = new Activity("test").Start();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ChatTelemetry.Inference,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var endpoint = ModelEndpoint.Create("p", _ => ScriptedModel.Stalls("Once"), captureContent: false);
        var limits = new InferenceTimeouts(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1));
        using var timeouts = new AttemptTimeouts(limits, time, CancellationToken.None, cancel.Token);
        var deltas = endpoint.StreamAsync(ScriptedModel.Prompt, null, timeouts, cancel.Token).GetAsyncEnumerator(cancel.Token);
        Assert.True(await deltas.MoveNextAsync());

        var next = deltas.MoveNextAsync().AsTask();
        if (isCancelled)
        {
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(Bound, TestContext.Current.CancellationToken));
        }
        else
        {
            time.Advance(TimeSpan.FromSeconds(6));
            await Assert.ThrowsAsync<InferenceException>(() => next.WaitAsync(Bound, TestContext.Current.CancellationToken));
        }

        await deltas.DisposeAsync();
        Assert.Equal(expected, Assert.Single(spans, span => span.TraceId == root.TraceId).Status);
    }
}
