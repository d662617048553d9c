using System.Net;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>The last worker goes.</summary>
public sealed class NoWorkerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Last_worker_gone_ends_waiting_and_running_chats_and_delists_its_models()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            settings["Worker__MaxConcurrentJobs"] = "1";
            settings["ChatJobs__WorkerTimeout"] = "00:00:05";
            settings["ChatJobs__LeaseDuration"] = "00:00:05";
            settings["Models__fake__IdleTimeout"] = "00:01:00";
        });
        cluster.Provider.Default = FakeAnswers.After(FakeAnswers.Stall(), "some ");
        var api = cluster.Apis[0].Client;
        using var running = await api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        using (var watching = await api.ResumeAsync(running.StreamId(), null, Cancel))
        {
            await watching.EventsAsync(Cancel, count: 1);
        }

        using var waiting = await api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        await cluster.Workers[0].KillAsync();

        Assert.Equal(ErrorCode.ModelUnavailable, (await waiting.EventsAsync(Cancel)).AssertWhole().Error!.Code);
        var partial = await running.EventsAsync(Cancel);
        Assert.Equal((ErrorCode.WorkerLost, "some "), (partial.AssertWhole().Error!.Code, partial.Text()));
        using var refused = await api.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("no_worker", (await refused.JsonAsync(Cancel)).GetProperty("code").GetString());
        using var models = await api.GetAsync("/v1/models", Cancel);
        Assert.Empty((await models.JsonAsync(Cancel)).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Worker_that_returns_in_time_runs_the_waiting_chat()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings => settings["ChatJobs__WorkerTimeout"] = "00:00:10");
        await cluster.Workers[0].KillAsync();
        using var waiting = await cluster.Apis[0].Client.PostAsync(ChatClient.Body("demo", stream: true, maxTokens: 5), Cancel);

        // Not a wait for something: most of the time that waiting chats have.
        await Task.Delay(TimeSpan.FromSeconds(12), TimeProvider.System, Cancel);
        await cluster.Workers[0].StartAsync(Cancel);

        Assert.Equal(FinishReason.Length, (await waiting.EventsAsync(Cancel)).AssertWhole().FinishReason);
    }
}
