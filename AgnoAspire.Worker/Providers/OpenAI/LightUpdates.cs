using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>
/// Lets go of the parsed wire form of plain text. The telemetry client above keeps every update until the answer ends, and the wire form is
/// three quarters of one: 0.8 KB a piece.
/// </summary>
internal sealed class LightUpdates(IChatClient inner) : DelegatingChatClient(inner)
{
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            // Refusals and the pieces of tool calls can only be read in the wire form.
            if (update.RawRepresentation is StreamingChatCompletionUpdate { RefusalUpdate: null or "", ToolCallUpdates.Count: 0 })
            {
                update.RawRepresentation = null;
                foreach (var content in update.Contents)
                {
                    content.RawRepresentation = null;
                }
            }

            yield return update;
        }
    }
}
