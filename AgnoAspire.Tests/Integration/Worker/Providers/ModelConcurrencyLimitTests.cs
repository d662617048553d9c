using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.Integration.Worker.Providers;

/// <summary>A model's answers under way are limited; those that wait do so in order, can be cancelled, and keeps no slot from others.</summary>
public sealed class ModelConcurrencyLimitTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_answers_are_under_way_than_the_model_allows()
    {
        await using var routed = await RoutedModel.StartAsync([1], ("Models:m:MaxConcurrency", "2"));
        using var gate = new SemaphoreSlim(0);
        var (now, most) = (0, 0);
        routed.Providers[0].Default = async exchange =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await gate.WaitAsync(exchange.HungUp);
            Interlocked.Decrement(ref now);
            await FakeAnswers.Text("Done.")(exchange);
        };

        var asking = Enumerable.Range(0, 8).Select(_ => routed.AskAsync()).ToArray();
        for (var answer = 0; answer < asking.Length; answer++)
        {
            await routed.Providers[0].NextAsync(Cancel).AsTask().WaitAsync(Bound, Cancel);
            gate.Release();
        }

        Assert.All(await Task.WhenAll(asking).WaitAsync(Bound, Cancel), answer => Assert.Equal("Done.", answer));
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task A_turn_is_given_back_however_an_answer_ends()
    {
        await using var routed = await RoutedModel.StartAsync([1], ("Models:m:MaxConcurrency", "1"));
        routed.Providers[0].Then(FakeAnswers.Status(503)).Then(FakeAnswers.After(FakeAnswers.Close(), "Once")).Then(FakeAnswers.Stall());
        Assert.Equal(["[provider_unavailable]", "Once[provider_closed]"], await routed.AskAsync(times: 2));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var asking = routed.AskAsync(cancel.Token);
        while (routed.Providers[0].Exchanges.Count < 3)
        {
            await routed.Providers[0].NextAsync(Cancel).AsTask().WaitAsync(Bound, Cancel);
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        Assert.Equal("p0", await routed.AskAsync().WaitAsync(Bound, Cancel));
    }
}
