using System.Net.Sockets;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.Faults;

/// <summary>A viewer that stops reading, while a long answer goes by.</summary>
public sealed class SlowViewerTests
{
    private const int Pieces = 3000;
    private const int PieceLength = 10_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Slow_viewer_gets_every_chunk_and_delays_no_other()
    {
        await using var cluster = await Cluster.StartAsync(apis: 1, workers: 1, configure: settings =>
        {
            settings["Worker__MaxAnswerLength"] = "100000000";
            settings["Models__fake__IdleTimeout"] = "00:01:00";
            settings["Providers__fake__MaxResponseBytes"] = "1000000000";
        });
        var piece = new string('x', PieceLength);
        using var gate = new SemaphoreSlim(0);
        cluster.Provider.Default = FakeAnswers.Gated(gate, [.. Enumerable.Repeat(piece, Pieces)]);
        var api = cluster.Apis[0];
        using var response = await api.Client.PostAsync(ChatClient.Body(Cluster.FakeModel, stream: true), Cancel);
        using var slow = new TcpClient { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(api.Address.Host, api.Address.Port, Cancel);
        var wire = slow.GetStream();
        await wire.WriteAsync(Encoding.ASCII.GetBytes($"GET {ChatClient.Path}/{response.StreamId()}/stream HTTP/1.0\r\nHost: a\r\n\r\n"), Cancel);
        gate.Release(Pieces);

        var events = await response.EventsAsync(Cancel);
        using var rest = new SseReader(wire);
        var late = new List<SseEvent>();
        await foreach (var item in rest.ReadAsync(Cancel))
        {
            if (item.Id is not null)
            {
                late.Add(item);
            }
        }

        Assert.Equal(FinishReason.Stop, events.AssertWhole().FinishReason);
        Assert.Equal((long)Pieces * PieceLength, events.Sum(item => (long)item.Chunk.Content.Length));
        Assert.Equal(events.Select(item => item.Data), late.Select(item => item.Data));
    }
}
