using AgnoAspire.ChatJobs;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatCompletion = AgnoAspire.ChatJobs.ChatCompletion;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>Makes the package's request of a chat completion.</summary>
internal static class OpenAIRequest
{
    /// <summary>Makes the request; streamed answers are asked for usage by the package itself.</summary>
    /// <param name="completion">What to answer.</param>
    /// <param name="prefix">The text to continue after, sent as the assistant's last message; or <see langword="null"/>.</param>
    /// <param name="dialect">What the endpoint understands.</param>
    /// <returns>The messages and options.</returns>
    public static (IReadOnlyList<ChatMessage> Messages, ChatOptions Options) Make(ChatCompletion completion, string? prefix, Dialect dialect)
    {
        var messages = completion.Messages.Select(message => new ChatMessage(Role(message.Role, dialect), message.Content)).ToList();
        if (prefix is not null)
        {
            messages.Add(new ChatMessage(ChatRole.Assistant, prefix));
        }

        var options = new ChatOptions
        {
            Temperature = (float?)completion.Temperature,
            StopSequences = completion.Stop is { Count: > 0 } stop ? [.. stop] : null,
            Seed = completion.Seed,
            MaxOutputTokens = dialect == Dialect.OpenAI ? completion.MaxTokens : null,
        };
        if (dialect == Dialect.Compatible && completion.MaxTokens is { } most)
        {
            options.RawRepresentationFactory = _ => WithMaxTokens(most);
        }

        return (messages, options);
    }

    private static ChatRole Role(string role, Dialect dialect) =>
        new(role == MessageRole.Developer && dialect == Dialect.Compatible ? MessageRole.System : role);

    /// <summary>The package knows the field's new name only.</summary>
    private static ChatCompletionOptions WithMaxTokens(int most)
    {
        var options = new ChatCompletionOptions();
#pragma warning disable SCME0001 // Experimental, and the only way to a field the package does not know; a golden test watches it.
        options.Patch.Set("$.max_tokens"u8, most);
#pragma warning restore SCME0001
        return options;
    }
}
