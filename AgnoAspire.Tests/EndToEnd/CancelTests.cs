using System.Net;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>A cancel, from any replica, stops generation wherever the job is.</summary>
public sealed class CancelTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private Cluster cluster = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient One => cluster.Apis[0].Client;

    private HttpClient Two => cluster.Apis[1].Client;

    public async ValueTask InitializeAsync() => cluster = await Cluster.StartAsync(workers: 1, configure: settings => settings["Worker__MaxConcurrentJobs"] = "1");

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Cancel_during_stream_aborts_the_provider()
    {
        using var gate = new SemaphoreSlim(1);
        cluster.Provider.Then(FakeAnswers.Gated(gate, "one", "two"));
        using var response = await One.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        var exchange = await cluster.Provider.NextAsync(Cancel);
        using var watching = await Two.ResumeAsync(response.StreamId(), null, Cancel);
        await watching.EventsAsync(Cancel, count: 1);

        using var cancelled = await Two.DeleteAsync($"{ChatClient.Path}/{response.StreamId()}", Cancel);
        await exchange.Aborted.WaitAsync(Limit, TimeProvider.System, Cancel);
        var events = await response.EventsAsync(Cancel);

        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        Assert.Equal((FinishReason.Cancelled, true), (events.AssertWhole().FinishReason, events[^1].Chunk.Usage?.Estimated));
        Assert.Equal("one", events.Text());
        using var again = await One.DeleteAsync($"{ChatClient.Path}/{response.StreamId()}", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, again.StatusCode);
    }

    [Fact]
    public async Task Cancel_before_first_chunk_aborts_the_provider()
    {
        cluster.Provider.Then(FakeAnswers.Stall());
        using var response = await One.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        var exchange = await cluster.Provider.NextAsync(Cancel);

        using var cancelled = await Two.DeleteAsync($"{ChatClient.Path}/{response.StreamId()}", Cancel);
        await exchange.Aborted.WaitAsync(Limit, TimeProvider.System, Cancel);

        Assert.Equal(FinishReason.Cancelled, Assert.Single(await response.EventsAsync(Cancel)).Chunk.FinishReason);
    }

    [Fact]
    public async Task Cancel_in_the_queue_sends_no_provider_request()
    {
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Then(FakeAnswers.Gated(gate, "busy"));
        using var busy = await One.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        await cluster.Provider.NextAsync(Cancel);
        using var waiting = await One.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        var view = await (await Two.GetAsync($"{ChatClient.Path}/{waiting.StreamId()}", Cancel)).JsonAsync(Cancel);

        using var cancelled = await Two.DeleteAsync($"{ChatClient.Path}/{waiting.StreamId()}", Cancel);
        var events = await waiting.EventsAsync(Cancel);
        gate.Release();

        Assert.Equal(("queued", 0), (view.GetProperty("status").GetString(), view.GetProperty("queue_position").GetInt32()));
        Assert.Equal(FinishReason.Cancelled, Assert.Single(events).Chunk.FinishReason);
        Assert.Equal("busy", (await busy.EventsAsync(Cancel)).Text());
        Assert.Single(cluster.Provider.Exchanges);
    }
}
