using System.Runtime.CompilerServices;

namespace AgnoAspire.Worker.Inference;

/// <summary>Ends an answer that its caller has cancelled like one that is complete, so that telemetry does not record it as an error.</summary>
internal sealed class CancellableChatClient(IChatClient client) : DelegatingChatClient(client)
{
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var caller = options?.RawRepresentationFactory?.Invoke(this) is CompletionRequest request ? request.Cancelled : CancellationToken.None;
        await using var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(updates, caller))
        {
            yield return updates.Current;
        }
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, CancellationToken caller)
    {
        try
        {
            return await updates.MoveNextAsync();
        }
        catch (Exception) when (caller.IsCancellationRequested)
        {
            return false;
        }
    }
}
