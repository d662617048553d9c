using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>Jobs over their model's limit wait in the worker, with real processes: others go by, a cancel reaches them, their turn comes.</summary>
public sealed class ModelConcurrencyTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private Cluster cluster = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Api => cluster.Apis[0].Client;

    public async ValueTask InitializeAsync() => cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
    {
        settings["Worker__MaxConcurrentJobs"] = "2";
        settings[$"Models__{Cluster.FakeModel}__MaxConcurrency"] = "1";
    });

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Jobs_waiting_for_a_model_block_no_other_model()
    {
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Default = FakeAnswers.Gated(gate, "At last.");
        using var running = await Api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        await cluster.Provider.NextAsync(Cancel);
        using var unwanted = await Api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        using var waiting = await Api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);

        using var other = await Api.PostAsync(ChatClient.Body("demo", stream: true, maxTokens: 3), Cancel);
        Assert.Equal(FinishReason.Length, (await other.EventsAsync(Cancel).WaitAsync(Limit, Cancel)).AssertWhole().FinishReason);
        Assert.Single(cluster.Provider.Exchanges);

        using var cancelled = await Api.DeleteAsync($"{ChatClient.Path}/{unwanted.StreamId()}", Cancel);
        Assert.Equal(FinishReason.Cancelled, (await unwanted.EventsAsync(Cancel).WaitAsync(Limit, Cancel)).AssertWhole().FinishReason);
        Assert.Single(cluster.Provider.Exchanges);

        gate.Release(2);
        Assert.Equal("At last.", (await running.EventsAsync(Cancel).WaitAsync(Limit, Cancel)).Text());
        Assert.Equal("At last.", (await waiting.EventsAsync(Cancel).WaitAsync(Limit, Cancel)).Text());
        Assert.Equal(2, cluster.Provider.Exchanges.Count);
    }
}
