using System.Text.Encodings.Web;
using AgnoAspire.Worker.Catalog;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>Writes the JSON body of a chat completions request.</summary>
internal static class OpenAIRequest
{
    // Relaxed: escaping would make text in most scripts two to three times as long.
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the request. A prefix is sent as the last assistant message, for the model to continue.</summary>
    public static BinaryData Write(ChatCompletion completion, string? prefix, string upstreamModel, Dialect dialect) =>
        BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            model = upstreamModel,
            messages = (prefix is null ? completion.Messages : completion.Messages.Append(new Message(MessageRole.Assistant, prefix))).Select(message => new
            {
                role = message.Role == MessageRole.Developer && dialect == Dialect.Compatible ? MessageRole.System : message.Role,
                name = message.Name,
                content = message.Parts ?? (message.Content.Length > 0 || message.ToolCalls is null ? (object)message.Content : null),
                tool_calls = message.ToolCalls,
                tool_call_id = message.ToolCallId,
            }),
            stream = true,
            stream_options = new { include_usage = true },
            max_tokens = dialect == Dialect.Compatible ? completion.MaxTokens : null,
            max_completion_tokens = dialect == Dialect.OpenAI ? completion.MaxTokens : null,
            temperature = completion.Temperature,
            top_p = completion.TopP,
            presence_penalty = completion.PresencePenalty,
            frequency_penalty = completion.FrequencyPenalty,
            stop = completion.Stop is { Count: > 0 } ? completion.Stop : null,
            seed = completion.Seed,
            tools = completion.Tools,
            tool_choice = completion.ToolChoice,
            parallel_tool_calls = completion.ParallelToolCalls,
            response_format = completion.ResponseFormat,
            reasoning_effort = completion.ReasoningEffort,
            user = completion.User,
            metadata = completion.Metadata,
        },
        Json));
}
