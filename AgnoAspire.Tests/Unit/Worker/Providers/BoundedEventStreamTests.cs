using System.Net.ServerSentEvents;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Providers.OpenAI;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>What a provider sends is bounded and read to its end, however the network cuts it.</summary>
public sealed class BoundedEventStreamTests
{
    private static readonly ProviderErrorMapper Errors = new("m", null, TimeProvider.System);

    [Theory]
    [InlineData("data: a\n\ndata: b\ndata: c\n\n", "a|b\nc")]
    [InlineData("data: a\r\n\r\ndata: b\rdata: c\r\r", "a|b\nc")]
    [InlineData(": hi\n\nid: 1\nretry: 5\ndata: a\n\ndata: b\n", "a|b")]
    [InlineData("data: a\n\ndata: b", "a|b")]
    [InlineData(": hi\n\n", "")]
    [InlineData("\n\n", "")]
    [InlineData("", "")]
    [InlineData("data: a\n\nerror: {\"message\":\"gone\"}\n\ndata: b\n\n", "a|[provider_error]")]
    [InlineData("data: a\n\nerror: gone", "a|[provider_error]")]
    [InlineData("Welcome\nto this page\n", "other: Welcometo this page")]
    [InlineData("{\n\"error\":{\n\"message\":\"gone\"}}", "other: {\"error\":{\"message\":\"gone\"}}")]
    [InlineData("{\"content\":\"0123456789012345678901234567890123456789\"}", "other: {\"content\":\"0123456789012345678901234567890123456789\"}")]
    [InlineData("{\n\"content\":\"0123456789\",\n\"more\":\"01234567890123456789\"}", "other: {\"content\":\"0123456789\",\"more\":\"01234567890123456789\"}")]
    [InlineData("<0123456789012345678901234567890123456789>", "[provider_malformed]")]
    [InlineData("data: 0123456789012345678901234567890123456789\n\n", "[provider_malformed]")]
    [InlineData("data: a\n\ndata: 01234567890123456789\r\ndata: 01234567890123456789\r\n\r\n", "a|[provider_malformed]")]
    public async Task Events_are_the_same_wherever_the_stream_is_cut(string body, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(expected, await ReadAsync(bytes[..cut], bytes[cut..]));
        }

        Assert.Equal(expected, await ReadAsync([.. bytes.Select(one => new[] { one })]));
    }

    [Fact]
    public async Task Response_is_bounded_as_a_whole() =>
        Assert.Equal("a|[provider_malformed]", await ReadAsync([.. Enumerable.Repeat("data: a\n\n"u8.ToArray(), 1), .. Enumerable.Repeat(": still here\n\n"u8.ToArray(), 100)]));

    [Theory]
    [InlineData(3, true)]
    [InlineData(5, false)]
    public async Task Answer_in_one_piece_is_bounded(int mebibytes, bool isAccepted)
    {
        var body = Encoding.UTF8.GetBytes($"{{\"content\":\"{new string('x', mebibytes * 1024 * 1024)}\"}}");
        await using var events = new BoundedEventStream(new MemoryStream(body), Errors, 40, 64 * 1024 * 1024);

        var reading = events.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);

        if (isAccepted)
        {
            await reading;
            Assert.Equal(body.Length, events.OtherBody.Length);
        }
        else
        {
            Assert.Equal(ErrorCode.ProviderMalformed, (await Assert.ThrowsAsync<InferenceException>(() => reading)).Code);
        }
    }

    [Fact]
    public async Task Broken_connection_is_a_closed_stream()
    {
        await using var events = new BoundedEventStream(new BrokenStream(), Errors, 40, 1000);

        Assert.Equal(ErrorCode.ProviderClosed, (await Assert.ThrowsAsync<InferenceException>(async () => await events.ReadAtLeastAsync(new byte[10], 10, cancellationToken: TestContext.Current.CancellationToken))).Code);
    }

    // The data of all events, and the code of the failure behind them.
    private static async Task<string> ReadAsync(params byte[][] packets)
    {
        await using var events = new BoundedEventStream(new PacketStream(packets), Errors, 40, 1000);
        var read = new List<string>();
        try
        {
            await foreach (var item in SseParser.Create(events).EnumerateAsync(TestContext.Current.CancellationToken))
            {
                read.Add(item.Data);
            }

            events.ThrowIfFailed();
            if (Encoding.UTF8.GetString(events.OtherBody) is { Length: > 0 } other)
            {
                read.Add($"other: {other}");
            }
        }
        catch (InferenceException failure)
        {
            read.Add($"[{failure.Code}]");
        }

        return string.Join('|', read);
    }

    private class PacketStream(params byte[][] packets) : MemoryStream
    {
        private int next;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (next < packets.Length && packets[next].Length == 0)
            {
                next++;
            }

            if (next == packets.Length)
            {
                return ValueTask.FromResult(0);
            }

            var count = Math.Min(buffer.Length, packets[next].Length);
            packets[next].AsSpan(0, count).CopyTo(buffer.Span);
            packets[next] = packets[next][count..];
            return ValueTask.FromResult(count);
        }
    }

    private sealed class BrokenStream : PacketStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("reset");
    }
}
