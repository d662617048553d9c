using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.Time.Testing;

namespace AgnoAspire.Tests.Unit.Worker.Inference;

/// <summary>Concurrent answers of a model are limited; those over the limit wait in order.</summary>
public sealed class ServedModelTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider time = new();
    private int waits;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_over_the_limit_start_in_order_and_a_cancelled_wait_is_skipped()
    {
        using var model = ScriptedModel.Of(ScriptedModel.Texts(FinishReason.Stop, "a", "b"), maxConcurrency: 1, time: time);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var first = Start(model, Cancel);
        Assert.True(await first.MoveNextAsync());
        await using var second = Start(model, cancel.Token);
        var cancelled = second.MoveNextAsync().AsTask();
        var third = Start(model, Cancel);
        var next = third.MoveNextAsync().AsTask();
        await using var fourth = Start(model, Cancel);
        var last = fourth.MoveNextAsync().AsTask();
        Assert.Equal(3, waits);

        await cancel.CancelAsync();
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        Assert.False(next.IsCompleted);
        await first.DisposeAsync();
        Assert.True(await next.WaitAsync(Bound, Cancel));
        Assert.False(last.IsCompleted);
        await third.DisposeAsync();
        Assert.True(await last.WaitAsync(Bound, Cancel));
    }

    [Fact]
    public async Task Wait_that_takes_too_long_is_a_timeout()
    {
        using var model = ScriptedModel.Of(ScriptedModel.Stalls("Once"), maxConcurrency: 1, time: time);
        await using var first = Start(model, Cancel);
        Assert.True(await first.MoveNextAsync());

        var waiting = DeltaReader.ReadAsync(model.StreamAsync(ScriptedModel.Prompt, null, Cancel));
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(ErrorCode.ProviderTimeout, (await waiting.WaitAsync(Bound, Cancel)).Failure?.Code);
    }

    [Fact]
    public async Task Slot_is_free_again_after_a_failure()
    {
        using var model = ScriptedModel.Of(ScriptedModel.Fails(ScriptedModel.Failure()), maxConcurrency: 1, time: time);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ErrorCode.ProviderUnavailable, (await DeltaReader.ReadAsync(model.StreamAsync(ScriptedModel.Prompt, null, Cancel))).Failure?.Code);
        }
    }

    private IAsyncEnumerator<CompletionDelta> Start(ServedModel model, CancellationToken cancellationToken) =>
        model.StreamAsync(ScriptedModel.Prompt, null, begins => waits += begins ? 1 : 0, null, cancellationToken).GetAsyncEnumerator(cancellationToken);
}
