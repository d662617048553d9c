using System.Runtime.CompilerServices;
using AgnoAspire.ChatJobs.Telemetry;
using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.AI;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>A script, not an AI: it tells a story about what the prompt names, so that everything around a model can be tried without one.</summary>
/// <remarks>
/// Equal requests get equal answers, in every process. Tokens are words and punctuation marks (<see cref="DemoTokens"/>).
/// If the last message is the assistant's and the story begins with it, the answer is the rest of the story.
/// </remarks>
/// <param name="pace">The time between two words; zero for as fast as possible.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class DemoChatClient(TimeSpan pace, TimeProvider timeProvider) : IChatClient
{
    /// <summary>The provider's label, which says what it is.</summary>
    public const string Label = "demo (a script, not an AI)";

    private readonly ChatClientMetadata metadata = new("demo");

    /// <summary>Makes the endpoint that answers for a model.</summary>
    /// <param name="pace">The time between two words.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="captureContent">Whether prompts and answers go into telemetry.</param>
    /// <returns>The endpoint.</returns>
    public static ModelEndpoint Serve(TimeSpan pace, TimeProvider timeProvider, bool captureContent)
    {
#pragma warning disable CA2000 // The endpoint keeps it for as long as the process lives, and it holds nothing.
        var client = new ChatClientBuilder(new DemoChatClient(pace, timeProvider))
#pragma warning restore CA2000
            .UseOpenTelemetry(sourceName: ChatTelemetry.Inference, configure: telemetry => telemetry.EnableSensitiveData = captureContent)
            .Build();
        return new ModelEndpoint(Label, client, DemoRequest.Make);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ChatMessage> conversation = [.. messages];
        var answer = DemoAnswer.For(conversation, options);
        var first = true;
        foreach (var word in DemoTokens.Words(answer.Text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!first && pace > TimeSpan.Zero)
            {
                await Task.Delay(pace, timeProvider, cancellationToken);
            }

            first = false;
            yield return new ChatResponseUpdate(ChatRole.Assistant, word);
        }

        var read = conversation.Sum(message => DemoTokens.Count(message.Text));
        var written = DemoTokens.Count(answer.Text);
        var usage = new UsageDetails { InputTokenCount = read, OutputTokenCount = written, TotalTokenCount = read + written };
        yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(usage)]) { FinishReason = answer.FinishReason };
    }

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
