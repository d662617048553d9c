using System.ClientModel.Primitives;
using System.Text.Json;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatCompletion = AgnoAspire.ChatJobs.Contracts.ChatCompletion;
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
        var messages = completion.Messages.Select(message => RichMessage.Make(message, Role(message.Role, dialect))).ToList();
        if (prefix is not null)
        {
            messages.Add(new ChatMessage(ChatRole.Assistant, prefix));
        }

        var options = new ChatOptions
        {
            Temperature = (float?)completion.Temperature,
            StopSequences = completion.Stop is { Count: > 0 } stop ? [.. stop] : null,
            Seed = completion.Seed,
            TopP = (float?)completion.TopP,
            PresencePenalty = (float?)completion.PresencePenalty,
            FrequencyPenalty = (float?)completion.FrequencyPenalty,
            MaxOutputTokens = dialect == Dialect.OpenAI ? completion.MaxTokens : null,
        };
        options.RawRepresentationFactory = _ => Raw(completion, dialect);
        return (messages, options);
    }

    private static ChatRole Role(string role, Dialect dialect) =>
        new(role == MessageRole.Developer && dialect == Dialect.Compatible ? MessageRole.System : role);

    /// <summary>
    /// What goes out as it came in: the package knows only the new name of <c>max_tokens</c>, and would read the others into types of its own
    /// and write them again.
    /// </summary>
    private static ChatCompletionOptions Raw(ChatCompletion completion, Dialect dialect)
    {
        var options = new ChatCompletionOptions();
#pragma warning disable SCME0001 // Experimental, and the only way to a field the package does not know; golden tests watch it.
        ref var patch = ref options.Patch;
        if (dialect == Dialect.Compatible && completion.MaxTokens is { } most)
        {
            patch.Set("$.max_tokens"u8, most);
        }

        Set(ref patch, "$.tools"u8, completion.Tools);
        Set(ref patch, "$.tool_choice"u8, completion.ToolChoice);
        Set(ref patch, "$.parallel_tool_calls"u8, completion.ParallelToolCalls is { } parallel ? JsonSerializer.SerializeToElement(parallel) : null);
        Set(ref patch, "$.response_format"u8, completion.ResponseFormat);
        Set(ref patch, "$.reasoning_effort"u8, completion.ReasoningEffort is { } effort ? JsonSerializer.SerializeToElement(effort) : null);
        Set(ref patch, "$.user"u8, completion.User is { } user ? JsonSerializer.SerializeToElement(user) : null);
        Set(ref patch, "$.metadata"u8, completion.Metadata is { } metadata ? JsonSerializer.SerializeToElement(metadata) : null);
        return options;
    }

    private static void Set(ref JsonPatch patch, ReadOnlySpan<byte> path, JsonElement? value)
    {
        if (value is { } json)
        {
            patch.Set(path, BinaryData.FromString(json.GetRawText()));
        }
    }
#pragma warning restore SCME0001
}
