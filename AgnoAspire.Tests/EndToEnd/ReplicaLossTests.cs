using System.Net;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd;

/// <summary>An API replica dies: its clients go on at another one.</summary>
public sealed class ReplicaLossTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_of_killed_replica_continues_on_another()
    {
        await using var cluster = await Cluster.StartAsync();
        using var first = await cluster.Apis[0].Client.PostAsync(ChatClient.Body("demo", stream: true), Cancel);
        var seen = await first.EventsAsync(Cancel, count: 5);
        await cluster.Apis[0].KillAsync();

        using var second = await cluster.Apis[1].Client.ResumeAsync(first.StreamId(), seen[^1].Sequence, Cancel);
        var all = seen.Concat(await second.EventsAsync(Cancel)).ToArray();
        using var equal = await cluster.Apis[1].Client.PostAsync(ChatClient.Body("demo", stream: false), Cancel);

        all.AssertWhole();
        Assert.Equal((await equal.JsonAsync(Cancel)).GetProperty("content").GetString(), all.Text());
    }

    [Fact]
    public async Task Answer_in_one_piece_of_a_stopping_replica_is_refused_as_that()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, settings => settings["ChatApi__ShutdownDrainTimeout"] = "00:00:00");
        cluster.Provider.Default = FakeAnswers.Stall();
        var post = cluster.Apis[0].Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: false), Cancel);
        await cluster.Provider.NextAsync(Cancel);
        await cluster.Apis[0].StopAsync();
        using var response = await post;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("shutting_down", (await response.JsonAsync(Cancel)).GetProperty("code").GetString());
        Assert.NotNull(response.Headers.RetryAfter);
    }
}
