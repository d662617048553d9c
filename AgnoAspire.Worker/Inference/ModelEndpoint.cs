using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.Extensions.AI;
using StreamingChatCompletionUpdate = OpenAI.Chat.StreamingChatCompletionUpdate;

namespace AgnoAspire.Worker.Inference;

/// <summary>One place that answers for a model: a provider's client, and how it likes to be asked.</summary>
/// <param name="Provider">The provider's label.</param>
/// <param name="Client">The client; it must not retry and must end its calls when their token fires.</param>
/// <param name="Asking">Makes the provider's request of a chat completion and the text to continue after.</param>
internal sealed record ModelEndpoint(
    string Provider,
    IChatClient Client,
    Func<ChatCompletion, string?, (IReadOnlyList<ChatMessage> Messages, ChatOptions Options)> Asking)
{
    /// <summary>Makes one attempt at an answer.</summary>
    /// <param name="completion">What to answer.</param>
    /// <param name="prefix">The text to continue after, or <see langword="null"/>.</param>
    /// <param name="watchdog">Watches this attempt; its token stops it.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>Texts, then one piece with the finish reason.</returns>
    /// <exception cref="InferenceException">The provider did not give a whole answer.</exception>
    public async IAsyncEnumerable<CompletionDelta> AttemptAsync(
        ChatCompletion completion, string? prefix, AttemptTimeouts watchdog, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (messages, options) = Asking(completion, prefix);
        var updates = Client.GetStreamingResponseAsync(messages, options, watchdog.Token).GetAsyncEnumerator(watchdog.Token);
        var calls = new ToolCallPieces();
        string? finishReason = null;
        Usage? usage = null;
        try
        {
            while (await MoveNextAsync(updates, completion.Model, watchdog, finishReason is not null, cancellationToken))
            {
                var update = updates.Current;
                usage = UsageOf(update) ?? usage;
                if (TextOf(update) is { Length: > 0 } text)
                {
                    watchdog.OnFirstToken();
                    yield return new CompletionDelta(text, null, null);
                }

                foreach (var call in calls.Of(update))
                {
                    watchdog.OnFirstToken();
                    yield return new CompletionDelta(null, null, null, call);
                }

                if (update.FinishReason is { } reason)
                {
                    finishReason = NameOf(reason, completion.Model);
                    watchdog.OnFinishReason();
                }
            }
        }
        finally
        {
            // Abort before disposing, so that an answer that is not wanted any more ends at the provider too.
            watchdog.Abort();
            await updates.DisposeAsync();
        }

        yield return finishReason is null
            ? throw new InferenceException(ErrorCode.ProviderClosed, $"The provider of model '{completion.Model}' closed the stream before the answer was finished.") { Transient = true }
            : new CompletionDelta(null, finishReason, usage);
    }

    private static async ValueTask<bool> MoveNextAsync(
        IAsyncEnumerator<ChatResponseUpdate> updates, string model, AttemptTimeouts watchdog, bool finished, CancellationToken cancellationToken)
    {
        try
        {
            // What was received already costs no wait, and no timer.
            var next = updates.MoveNextAsync();
            if (next.IsCompletedSuccessfully)
            {
                return next.Result;
            }

            watchdog.Start();
            return await next;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception) when (Explain(exception, model, watchdog) is { } failure)
        {
            // An answer that has its finish reason is whole: a provider that only forgets to hang up did not fail.
            return finished && failure.Code is ErrorCode.ProviderClosed or ErrorCode.ProviderTimeout ? false : throw failure;
        }
        finally
        {
            watchdog.Pause();
        }
    }

    private static InferenceException? Explain(Exception exception, string model, AttemptTimeouts watchdog) => watchdog.ToFailure(model) ?? exception switch
    {
        InferenceException failure => failure,
        ClientResultException => new InferenceException(ErrorCode.ProviderUnavailable, $"The provider of model '{model}' could not be reached.") { Transient = true },

        // What the package throws for events that are no chat completion chunks; its messages may quote the answer.
        JsonException or InvalidOperationException or ArgumentException or FormatException or KeyNotFoundException or NullReferenceException
            => new InferenceException(ErrorCode.ProviderMalformed, $"The provider of model '{model}' sent an event that is not part of a chat completion stream."),
        _ => null,
    };

    /// <summary>The update's text; a refusal is an answer too, though OpenAI sends it in a field of its own.</summary>
    private static string TextOf(ChatResponseUpdate update) =>
        update.RawRepresentation is StreamingChatCompletionUpdate { RefusalUpdate: { Length: > 0 } refusal } ? update.Text + refusal : update.Text;

    private static Usage? UsageOf(ChatResponseUpdate update)
    {
        var details = update.Contents.OfType<UsageContent>().LastOrDefault()?.Details;
        if (details is null)
        {
            return null;
        }

        var prompt = details.InputTokenCount ?? 0;
        var completion = details.OutputTokenCount ?? 0;
        return new Usage(prompt, completion, details.TotalTokenCount ?? (prompt + completion));
    }

    private static string NameOf(ChatFinishReason reason, string model) => reason.Value switch
    {
        FinishReason.Stop or FinishReason.Length or FinishReason.ContentFilter or FinishReason.ToolCalls => reason.Value,
        _ => throw new InferenceException(
            ErrorCode.ProviderMalformed, $"The provider of model '{model}' ended the answer for a reason that was not to be expected."),
    };
}
