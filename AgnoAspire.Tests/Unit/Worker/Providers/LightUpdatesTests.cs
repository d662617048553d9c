using System.ClientModel.Primitives;
using AgnoAspire.Worker.Providers.OpenAI;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

namespace AgnoAspire.Tests.Unit.Worker.Providers;

/// <summary>What of a provider's updates outlives them while the answer goes on.</summary>
public sealed class LightUpdatesTests
{
    [Fact]
    public async Task Plain_text_goes_on_without_its_wire_form_and_what_only_that_can_tell_stays()
    {
        var text = Wire("""{"content":"Once"}""");
        var call = Wire("""{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"look_up","arguments":"{}"}}]}""");
        var refusal = Wire("""{"refusal":"No."}""");
        using var light = new LightUpdates(new Scripted([text, call, refusal]));

        var updates = await light.GetStreamingResponseAsync("ask", cancellationToken: TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([null, call.RawRepresentation, refusal.RawRepresentation], updates.Select(update => update.RawRepresentation));
        var kept = Assert.IsType<TextContent>(Assert.Single(updates[0].Contents));
        Assert.Equal("Once", kept.Text);
        Assert.Null(kept.RawRepresentation);
    }

    // An update as the package makes it of an event: the wire form, and the text in it as content that has a wire form too.
    private static ChatResponseUpdate Wire(string delta)
    {
        var wire = ModelReaderWriter.Read<StreamingChatCompletionUpdate>(BinaryData.FromString(
            $$"""{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{{delta}}}]}"""))!;
        return new ChatResponseUpdate
        {
            RawRepresentation = wire,
            Contents = [.. wire.ContentUpdate.Select(part => new TextContent(part.Text) { RawRepresentation = part })],
        };
    }

    private sealed class Scripted(IEnumerable<ChatResponseUpdate> updates) : IChatClient
    {
        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            updates.ToAsyncEnumerable();

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
