using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>A worker is asked to stop while one answer runs and another waits for its model; settings and policy are the default ones.</summary>
public sealed class GracefulStopTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private Cluster cluster = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
    {
        // Not the 5 seconds of Development.
        settings["Worker__ShutdownDrainTimeout"] = "";
        settings["Models__fake__MaxConcurrency"] = "1";
        settings["Models__fake__IdleTimeout"] = "00:01:00";
    });

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Running_answer_is_finished_and_a_waiting_one_goes_to_another_worker_at_once()
    {
        using var gate = new SemaphoreSlim(1);
        cluster.Provider.Then(FakeAnswers.Gated(gate, "one ", "two")).Then(FakeAnswers.Text("other"));
        using var running = await cluster.Apis[0].Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        await cluster.Provider.NextAsync(Cancel);
        using var waiting = await cluster.Apis[0].Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        await WaitUntilClaimedAsync(waiting);

        await cluster.AddWorkerAsync();
        var stopping = cluster.Workers[0].StopAsync(Bound);
        var other = await waiting.EventsAsync(Cancel).WaitAsync(Bound, Cancel);
        Assert.False(stopping.IsCompleted);
        gate.Release();
        var events = await running.EventsAsync(Cancel).WaitAsync(Bound, Cancel);

        Assert.Equal((FinishReason.Stop, "other"), (other.AssertWhole().FinishReason, other.Text()));
        Assert.Equal((FinishReason.Stop, "one two"), (events.AssertWhole().FinishReason, events.Text()));
        Assert.Equal(0, await stopping);
    }

    // A claimed job has no position in the queue any more.
    private async Task WaitUntilClaimedAsync(HttpResponseMessage response)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Bound);
        while ((await (await cluster.Apis[0].Client.GetAsync(response.Job(), limit.Token)).JsonAsync(limit.Token)).GetProperty("status").GetString() != "running")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }
}
