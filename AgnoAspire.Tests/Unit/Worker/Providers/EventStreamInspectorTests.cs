using System.Text;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Providers.OpenAI;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>The reader along finds the same, however the network cuts a stream.</summary>
public sealed class EventStreamInspectorTests
{
    private static readonly ProviderFailures Failures = new("m", null, TimeProvider.System);

    [Theory]
    [InlineData("data: {\"choices\":[]}\n\ndata: {\"error\":{\"message\":\"gone\"}}\n\n", 22)]
    [InlineData("data: {\"choices\":[]}\r\n\r\nevent: error\r\ndata: x\r\n\r\n", 23)]
    [InlineData("data: a\rdata: b\r\rdata: {\"error\":\ndata: \"gone\"}\n\n", 17)]
    public void An_error_is_found_wherever_the_stream_is_cut(string stream, int soundBytes)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var inspector = new EventStreamInspector(Failures, 1000, 1000);
            var first = inspector.Inspect(bytes.AsSpan(0, cut));
            var second = inspector.Failure is null ? inspector.Inspect(bytes.AsSpan(cut)) : 0;

            Assert.Equal(ErrorCode.ProviderError, inspector.Failure?.Code);

            // Whatever was passed on ends before the error's event is whole.
            Assert.InRange(first + second, Math.Min(cut, soundBytes), Math.Max(cut, soundBytes));
            Assert.True(first + second < bytes.Length || cut >= bytes.Length - 1);
        }
    }

    [Fact]
    public void A_sound_stream_passes_whole_byte_by_byte()
    {
        var bytes = Encoding.UTF8.GetBytes(": hi\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\\\"error\\\" ü\"}}],\"error\":null}\r\n\r\nid: 1\nretry: 5\ndata: [DONE]\n\n");
        var inspector = new EventStreamInspector(Failures, 1000, 1000);

        Assert.All(bytes, one => Assert.Equal(1, inspector.Inspect([one])));
        inspector.End();
        Assert.Null(inspector.Failure);
    }

    [Fact]
    public void An_event_of_many_lines_is_bounded_as_a_whole()
    {
        var inspector = new EventStreamInspector(Failures, 100, 10_000);
        var line = "data: 0123456789\n"u8.ToArray();

        var lines = Enumerable.Range(1, 50).First(_ => inspector.Inspect(line) == 0);

        Assert.Equal((7, ErrorCode.ProviderMalformed), (lines, inspector.Failure?.Code));
    }
}
