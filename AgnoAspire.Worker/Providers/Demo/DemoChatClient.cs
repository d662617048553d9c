using System.Runtime.CompilerServices;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>
/// A script, not an AI: tells a story about what the prompt names, so that everything around a model can be tried without one. Equal requests get equal
/// answers in every process; if the last message is the assistant's and the story starts with it, the answer is the rest of the story.
/// </summary>
internal sealed class DemoChatClient(string model, TimeSpan tokenDelay, TimeProvider timeProvider) : IChatClient
{
    /// <summary>The provider's label, which says what it is.</summary>
    public const string Label = "demo (a script, not an AI)";

    private readonly ChatClientMetadata metadata = new("demo", defaultModelId: model);

    /// <summary>Returns the endpoint that serves a model.</summary>
    public static ModelEndpoint Serve(string model, TimeSpan tokenDelay, TimeProvider timeProvider, bool captureContent) =>
        ModelEndpoint.Create(Label, _ => new DemoChatClient(model, tokenDelay, timeProvider), captureContent);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatMessage[] conversation = [.. messages];
        var (text, finishReason) = Limit(Tell(conversation, options), options);
        var written = 0;
        foreach (var token in DemoTokenizer.Split(text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (written++ > 0 && tokenDelay > TimeSpan.Zero)
            {
                await Task.Delay(tokenDelay, timeProvider, cancellationToken);
            }

            yield return new ChatResponseUpdate(ChatRole.Assistant, token);
        }

        var read = conversation.Sum(message => DemoTokenizer.Count(message.Text));
        var usage = new UsageDetails { InputTokenCount = read, OutputTokenCount = written, TotalTokenCount = read + written };
        yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(usage)]) { FinishReason = finishReason };
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType == typeof(ChatClientMetadata) ? metadata : null;

    public void Dispose()
    {
    }

    private static string Tell(ChatMessage[] conversation, ChatOptions? options)
    {
        if (conversation is [.. var before, var last] && last.Role == ChatRole.Assistant && last.Text.Length > 0
            && DemoStory.Tell(before, options?.Seed, options?.Temperature) is var whole && whole.StartsWith(last.Text, StringComparison.Ordinal))
        {
            return whole[last.Text.Length..];
        }

        return DemoStory.Tell(conversation, options?.Seed, options?.Temperature);
    }

    // Ends at the first stop sequence that is whole within the token limit, or else at the limit.
    private static (string Text, ChatFinishReason Reason) Limit(string text, ChatOptions? options)
    {
        var allowed = options?.MaxOutputTokens is { } maxTokens ? string.Concat(DemoTokenizer.Split(text).Take(maxTokens)) : text;
        var stops = (options?.StopSequences ?? []).Where(stop => stop.Length > 0)
            .Select(stop => allowed.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).ToList();
        return stops.Count > 0 ? (allowed[..stops.Min()].TrimEnd(), ChatFinishReason.Stop)
            : (allowed, allowed.Length < text.Length ? ChatFinishReason.Length : ChatFinishReason.Stop);
    }
}
