using System.Text.Json;
using AgnoAspire.ChatJobs.Contracts;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

namespace AgnoAspire.Worker.Inference;

/// <summary>Finds what is new of tool calls in the updates of one answer.</summary>
internal sealed class ToolCallPieces
{
    private const string FunctionType = "function";

    private bool inPieces;

    /// <summary>The pieces as the protocol brings them; the whole calls that the package puts behind them are the same again. Whole calls of any other client.</summary>
    /// <param name="update">The update.</param>
    /// <returns>The pieces in order, often none.</returns>
    public IEnumerable<ToolCall> Of(ChatResponseUpdate update)
    {
        inPieces |= update.RawRepresentation is StreamingChatCompletionUpdate;
        return update.RawRepresentation is StreamingChatCompletionUpdate raw ? raw.ToolCallUpdates.Select(Piece)
            : inPieces ? []
            : update.Contents.OfType<FunctionCallContent>().Select(Whole);
    }

    private static ToolCall Piece(StreamingChatToolCallUpdate piece) => new()
    {
        Index = piece.Index,
        Id = NullIfEmpty(piece.ToolCallId),
        Type = NullIfEmpty(piece.ToolCallId) is null ? null : FunctionType,
        Function = new FunctionCall(NullIfEmpty(piece.FunctionName), piece.FunctionArgumentsUpdate is { IsEmpty: false } arguments ? arguments.ToString() : ""),
    };

    private static ToolCall Whole(FunctionCallContent call, int index) => new()
    {
        Index = index,
        Id = call.CallId,
        Type = FunctionType,
        Function = new FunctionCall(call.Name, JsonSerializer.Serialize(call.Arguments ?? new Dictionary<string, object?>())),
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
