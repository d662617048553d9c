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
}
