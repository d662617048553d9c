using System.Runtime.CompilerServices;

namespace AgnoAspire.Worker.Inference;

/// <summary>
/// One step of an answer. Text never ends within a surrogate pair; the finish reason (one of <see cref="ChatJobs.Contracts.FinishReason"/>) comes last, with
/// the usage if the provider reports it.
/// </summary>
internal readonly record struct CompletionDelta(string? Text, string? FinishReason, Usage? Usage, ToolCall? Call = null);

/// <summary>A completion as a provider's client gets it, by <see cref="ChatOptions.RawRepresentationFactory"/>, with the text to continue.</summary>
internal sealed record CompletionRequest(ChatCompletion Completion, string? Prefix);

/// <summary>A provider's client that serves a model. The client does not retry, and ends a call when its token is cancelled.</summary>
internal sealed record ModelEndpoint(string Provider, IChatClient Client)
{
    /// <summary>Returns an endpoint whose calls are traced and measured by the OpenTelemetry GenAI conventions.</summary>
    public static ModelEndpoint Create(string provider, Func<IServiceProvider, IChatClient> client, bool captureContent) => new(
        provider,
        new ChatClientBuilder(client)
            .UseOpenTelemetry(sourceName: ChatTelemetry.Inference, configure: telemetry => telemetry.EnableSensitiveData = captureContent)
            .Build());

    /// <summary>Makes one attempt: text and tool call deltas, then one delta with the finish reason.</summary>
    /// <exception cref="InferenceException">The provider did not give a whole answer.</exception>
    public async IAsyncEnumerable<CompletionDelta> StreamAsync(
        ChatCompletion completion, string? prefix, AttemptTimeouts timeouts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var updates = Client.GetStreamingResponseAsync(Messages(completion, prefix), Options(completion, prefix), timeouts.Token)
            .GetAsyncEnumerator(timeouts.Token);
        string? finishReason = null;
        Usage? usage = null;
        try
        {
            while (await MoveNextAsync(updates, completion.Model, timeouts, finishReason is not null, cancellationToken))
            {
                var update = updates.Current;
                for (var index = 0; index < update.Contents.Count; index++)
                {
                    var content = update.Contents[index];
                    if (content is TextContent { Text: { Length: > 0 } text })
                    {
                        timeouts.OnFirstToken();
                        yield return new CompletionDelta(text, null, null);
                    }
                    else if (content is UsageContent { Details: var details })
                    {
                        usage = ToUsage(details);
                    }
                }

                foreach (var call in update.RawRepresentation as IReadOnlyList<ToolCall> ?? [])
                {
                    timeouts.OnFirstToken();
                    yield return new CompletionDelta(null, null, null, call);
                }

                if (update.FinishReason is { } reason)
                {
                    finishReason = Name(reason, completion.Model);
                    timeouts.OnFinishReason();
                }
            }
        }
        finally
        {
            // Abort before disposing, so that the provider stops generating an answer that is no longer wanted.
            timeouts.Abort();
            await updates.DisposeAsync();
        }

        yield return finishReason is null
            ? throw new InferenceException(
                ErrorCode.ProviderClosed, $"The provider of model '{completion.Model}' closed the stream before the answer was finished.")
            { Transient = true }
            : new CompletionDelta(null, finishReason, usage);
    }

    // Read by telemetry, if content is captured, and by the demo.
    private static IEnumerable<ChatMessage> Messages(ChatCompletion completion, string? prefix)
    {
        var messages = completion.Messages.Select(message => new ChatMessage(new ChatRole(message.Role), message.Content));
        return prefix is null ? messages : messages.Append(new ChatMessage(ChatRole.Assistant, prefix));
    }

    private static ChatOptions Options(ChatCompletion completion, string? prefix) => new()
    {
        MaxOutputTokens = completion.MaxTokens,
        Temperature = (float?)completion.Body.Real("temperature"),
        TopP = (float?)completion.Body.Real("top_p"),
        PresencePenalty = (float?)completion.Body.Real("presence_penalty"),
        FrequencyPenalty = (float?)completion.Body.Real("frequency_penalty"),
        StopSequences = completion.Stop is { Count: > 0 } stop ? [.. stop] : null,
        Seed = completion.Body.Number("seed"),
        RawRepresentationFactory = _ => new CompletionRequest(completion, prefix),
    };

    private static async ValueTask<bool> MoveNextAsync(
        IAsyncEnumerator<ChatResponseUpdate> updates, string model, AttemptTimeouts timeouts, bool isFinished, CancellationToken cancellationToken)
    {
        try
        {
            // An update that was already received starts no timer.
            var next = updates.MoveNextAsync();
            if (next.IsCompletedSuccessfully)
            {
                return next.Result;
            }

            timeouts.Start();
            return await next;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception) when ((timeouts.ToFailure(model) ?? exception as InferenceException) is { } failure)
        {
            // An answer with a finish reason is whole: a provider that does not close the stream did not fail.
            return isFinished && failure.Code is ErrorCode.ProviderClosed or ErrorCode.ProviderTimeout ? false : throw failure;
        }
        finally
        {
            timeouts.Pause();
        }
    }

    private static Usage ToUsage(UsageDetails details)
    {
        var (prompt, completion) = (details.InputTokenCount ?? 0, details.OutputTokenCount ?? 0);
        return new Usage(prompt, completion, details.TotalTokenCount ?? (prompt + completion));
    }

    private static string Name(ChatFinishReason reason, string model) => reason.Value switch
    {
        FinishReason.Stop or FinishReason.Length or FinishReason.ContentFilter or FinishReason.ToolCalls => reason.Value,
        _ => throw new InferenceException(ErrorCode.ProviderMalformed, $"The provider of model '{model}' ended the answer with an unknown finish reason."),
    };
}
