using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Tests.Unit.ApiService.Streaming;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AgnoAspire.Tests.Unit.ApiService.Chat;

/// <summary>The chat API's format of a stream.</summary>
public sealed class ChatChunkFormatterTests
{
    private readonly ChatChunkFormatter formatter = new("job", "demo");

    [Fact]
    public void Chunk_is_copied_from_the_log() => Assert.Equal(
        "id: 3\ndata: {\"content\":\"a\\né\",\"done\":false,\"model\":\"demo\"}\n\n",
        SseText.Of(events => formatter.Chunk(events, SseText.Chunk(3, encoder => encoder.Text("a\né")))));

    [Fact]
    public void Lost_stream_ends_with_a_terminal_chunk_without_id()
    {
        var text = SseText.Of(formatter.StreamLost);

        Assert.StartsWith("data: {\"content\":\"\",\"done\":true,\"model\":\"demo\",\"finish_reason\":\"error\",\"error\":{\"code\":\"stream_lost\"", text);
        Assert.DoesNotContain("null", text);
    }

    [Fact]
    public void Nothing_precedes_the_first_chunk() => Assert.Equal("", SseText.Of(formatter.Begin));

    [Fact]
    public async Task Formatter_without_queue_position_reports_no_progress()
    {
        Assert.False(formatter.ReportsProgress);
        Assert.False(await formatter.WriteProgressAsync(default));
    }

    [Fact]
    public void Completion_is_a_result_with_message_and_usage()
    {
        var terminal = new ChatChunk { Content = "", Done = true, Model = "demo", FinishReason = FinishReason.Stop, Usage = new Usage(1, 2, 3) };
        var result = Assert.IsType<JsonHttpResult<ChatResult>>(formatter.Complete(new AggregatedCompletion("text", null, terminal))).Value!;

        Assert.Equal(("job", "demo", "text", "stop", true), (result.Id, result.Model, result.Content, result.FinishReason, result.Done));
        Assert.Equal(new Message(MessageRole.Assistant, "text"), result.Message);
        Assert.Equal(3, result.Usage!.TotalTokens);
    }
}
