using System.Runtime.CompilerServices;

namespace AgnoAspire.Worker.Inference;

/// <summary>
/// One step of an answer. Text never ends within a surrogate pair; the finish reason (one of <see cref="ChatJobs.Contracts.FinishReason"/>) comes last, with
/// the usage if the provider reports it.
/// </summary>
internal readonly record struct CompletionDelta(string? Text, string? FinishReason, Usage? Usage, ToolCall? Call = null)
{
    /// <summary>Gets reasoning, which is not part of the text.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Gets the provider's own finish reason; null if it is the same.</summary>
    public string? ProviderFinishReason { get; init; }
}

/// <summary>
/// A completion as a provider's client gets it, by <see cref="ChatOptions.RawRepresentationFactory"/>: with the text to continue, and what to call when
/// the provider sends a comment, and whether that is progress.
/// </summary>
internal sealed record CompletionRequest(ChatCompletion Completion, string? Prefix, Action<bool> OnComment)
{
    /// <summary>Gets the token that is cancelled when the answer is not wanted any more; a timeout is not.</summary>
    public CancellationToken Cancelled { get; init; }
}

/// <summary>A provider's client that serves a model. The client does not retry, and ends a call when its token is cancelled.</summary>
internal sealed record ModelEndpoint(string Provider, IChatClient Client)
{
    /// <summary>Returns an endpoint whose calls are traced and measured by the OpenTelemetry GenAI conventions.</summary>
    public static ModelEndpoint Create(string provider, Func<IServiceProvider, IChatClient> client, bool captureContent) => new(
        provider,
        new ChatClientBuilder(client)
            .UseOpenTelemetry(sourceName: ChatTelemetry.Inference, configure: telemetry => telemetry.EnableSensitiveData = captureContent)
            .Use(inner => new CancellableChatClient(inner))
            .Build());

    /// <summary>Makes one attempt: text and tool call deltas, then one delta with the finish reason.</summary>
    /// <exception cref="InferenceException">The provider did not give a whole answer.</exception>
    public async IAsyncEnumerable<CompletionDelta> StreamAsync(
        ChatCompletion completion, string? prefix, AttemptTimeouts timeouts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var updates = Client.GetStreamingResponseAsync(Messages(completion, prefix), Options(completion, prefix, timeouts, cancellationToken), timeouts.Token)
            .GetAsyncEnumerator(timeouts.Token);
        string? finishReason = null;
        Usage? usage = null;
        var hasCalls = false;
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
                    else if (content is TextReasoningContent { Text: { Length: > 0 } reasoning })
                    {
                        timeouts.OnFirstToken();
                        yield return new CompletionDelta(null, null, null) { Reasoning = reasoning };
                    }
                    else if (content is UsageContent reported)
                    {
                        usage = reported.RawRepresentation as Usage ?? ToUsage(reported.Details);
                    }
                }

                foreach (var call in update.RawRepresentation as IReadOnlyList<ToolCall> ?? [])
                {
                    hasCalls = true;
                    timeouts.OnFirstToken();
                    yield return new CompletionDelta(null, null, null, call);
                }

                if (update.FinishReason is { } reason)
                {
                    finishReason ??= reason.Value;
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
            : Finish(finishReason, hasCalls, usage);
    }

    // Read by telemetry, if content is captured, and by the demo.
    private static IEnumerable<ChatMessage> Messages(ChatCompletion completion, string? prefix)
    {
        var messages = completion.Messages.Select(message => new ChatMessage(new ChatRole(message.Role), message.Content));
        return prefix is null ? messages : messages.Append(new ChatMessage(ChatRole.Assistant, prefix));
    }

    private static ChatOptions Options(
        ChatCompletion completion, string? prefix, AttemptTimeouts timeouts, CancellationToken cancellationToken) => new()
        {
            MaxOutputTokens = completion.MaxTokens,
            Temperature = (float?)completion.Body.Real("temperature"),
            TopP = (float?)completion.Body.Real("top_p"),
            PresencePenalty = (float?)completion.Body.Real("presence_penalty"),
            FrequencyPenalty = (float?)completion.Body.Real("frequency_penalty"),
            StopSequences = completion.Stop is { Count: > 0 } stop ? [.. stop] : null,
            Seed = completion.Body.Number("seed"),
            RawRepresentationFactory = _ => new CompletionRequest(completion, prefix, timeouts.OnComment) { Cancelled = cancellationToken },
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
                return Continues(next.Result, cancellationToken);
            }

            timeouts.Start();
            return Continues(await next, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception) when ((timeouts.ToFailure(model) ?? exception as InferenceException) is { } failure)
        {
            // An answer with a finish reason is whole, whatever follows.
            return isFinished ? false : throw failure;
        }
        finally
        {
            timeouts.Pause();
        }
    }

    private static bool Continues(bool hasNext, CancellationToken cancellationToken)
    {
        // The end of a cancelled answer is none of the provider's.
        if (!hasNext)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return hasNext;
    }

    private static Usage ToUsage(UsageDetails details)
    {
        var (prompt, completion) = (details.InputTokenCount ?? 0, details.OutputTokenCount ?? 0);
        return new Usage(prompt, completion, details.TotalTokenCount ?? (prompt + completion));
    }

    private static CompletionDelta Finish(string providers, bool hasCalls, Usage? usage)
    {
        var reason = ProviderFinishReason.Map(providers) ?? FinishReason.Stop;
        reason = reason == FinishReason.Stop && hasCalls ? FinishReason.ToolCalls : reason;
        return new CompletionDelta(null, reason, usage) { ProviderFinishReason = providers == reason ? null : providers };
    }
}

/// <summary>The finish reasons of providers, by the names that the chat job knows.</summary>
internal static class ProviderFinishReason
{
    /// <summary>Maps a finish reason; null for an unknown one, which ends an answer like any other.</summary>
    public static string? Map(string reason) => reason.ToUpperInvariant() switch
    {
        "STOP" or "END_TURN" or "EOS" or "EOS_TOKEN" or "STOP_SEQUENCE" or "COMPLETE" or "COMPLETED" => FinishReason.Stop,
        "LENGTH" or "MAX_TOKENS" or "MAX_OUTPUT_TOKENS" or "MODEL_LENGTH" or "MODEL_CONTEXT_WINDOW_EXCEEDED" => FinishReason.Length,
        "CONTENT_FILTER" or "SAFETY" or "RECITATION" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "IMAGE_SAFETY" or "REFUSAL" or "SENSITIVE"
            or "CONTENT_FILTERED" or "GUARDRAIL_INTERVENED" => FinishReason.ContentFilter,
        "TOOL_CALLS" or "TOOL_CALL" or "TOOL_USE" or "FUNCTION_CALL" => FinishReason.ToolCalls,
        "ERROR" or "NETWORK_ERROR" or "MODEL_ERROR" or "SERVER_ERROR" or "ENGINE_ERROR" or "FAILED" or "ABORT" or "ABORTED" or "CANCELLED"
            or "INSUFFICIENT_SYSTEM_RESOURCE" or "MALFORMED_FUNCTION_CALL" or "MALFORMED_RESPONSE" or "UNEXPECTED_TOOL_CALL" or "TOO_MANY_TOOL_CALLS"
            or "ERROR_TOXIC" => FinishReason.Error,
        _ => null,
    };
}
