using AgnoAspire.ChatJobs.Contracts;
using Microsoft.Extensions.AI;

namespace AgnoAspire.Worker.Providers.Demo;

/// <summary>Makes the script's request of a chat completion.</summary>
internal static class DemoRequest
{
    /// <summary>Makes the request.</summary>
    /// <param name="completion">What to answer.</param>
    /// <param name="prefix">The text to continue after, or <see langword="null"/>.</param>
    /// <returns>The messages and options.</returns>
    public static (IReadOnlyList<ChatMessage> Messages, ChatOptions Options) Make(ChatCompletion completion, string? prefix)
    {
        var messages = completion.Messages.Select(message => new ChatMessage(new ChatRole(message.Role), message.Content)).ToList();
        if (prefix is not null)
        {
            messages.Add(new ChatMessage(ChatRole.Assistant, prefix));
        }

        return (messages, new ChatOptions { ModelId = completion.Model, MaxOutputTokens = completion.MaxTokens, StopSequences = [.. completion.Stop ?? []], Seed = completion.Seed });
    }
}
