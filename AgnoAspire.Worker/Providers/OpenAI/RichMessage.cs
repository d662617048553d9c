using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace AgnoAspire.Worker.Providers.OpenAI;

/// <summary>Makes the package's message of one of ours, with its parts, calls and names as the protocol has them.</summary>
internal static class RichMessage
{
    /// <summary>Makes the message.</summary>
    /// <param name="message">Ours.</param>
    /// <param name="role">The role as the endpoint knows it.</param>
    /// <returns>The package's.</returns>
    public static ChatMessage Make(Message message, ChatRole role)
    {
        var made = new ChatMessage(role, message.Content);
        if (message is not { Parts: null, Name: null, ToolCalls: null, ToolCallId: null })
        {
            made.RawRepresentation = ModelReaderWriter.Read<global::OpenAI.Chat.ChatMessage>(BinaryData.FromString(Wire(message, role).ToJsonString()));
        }

        return made;
    }

    private static JsonObject Wire(Message message, ChatRole role)
    {
        var wire = new JsonObject { ["role"] = role.Value };
        if (message.Name is not null)
        {
            wire["name"] = message.Name;
        }

        if (message.Parts is { } parts)
        {
            wire["content"] = new JsonArray([.. parts.Select(Part)]);
        }
        else if (message.Content.Length > 0 || message.ToolCalls is null)
        {
            wire["content"] = message.Content;
        }

        if (message.ToolCalls is { } calls)
        {
            wire["tool_calls"] = new JsonArray([.. calls.Select(Call)]);
        }

        if (message.ToolCallId is not null)
        {
            wire["tool_call_id"] = message.ToolCallId;
        }

        return wire;
    }

    private static JsonObject Part(ContentPart part)
    {
        if (part.ImageUrl is not { } image)
        {
            return new JsonObject { ["type"] = part.Type, ["text"] = part.Text };
        }

        var address = new JsonObject { ["url"] = image.Url };
        if (image.Detail is not null)
        {
            address["detail"] = image.Detail;
        }

        return new JsonObject { ["type"] = part.Type, ["image_url"] = address };
    }

    private static JsonObject Call(ToolCall call) => new()
    {
        ["id"] = call.Id,
        ["type"] = call.Type,
        ["function"] = new JsonObject { ["name"] = call.Function.Name, ["arguments"] = call.Function.Arguments },
    };
}
