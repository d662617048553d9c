using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>Reads the deltas of a completion.</summary>
internal static class DeltaReader
{
    /// <summary>Reads pieces to the end, or to the failure.</summary>
    public static async Task<(List<CompletionDelta> Pieces, InferenceException? Failure)> ReadAsync(IAsyncEnumerable<CompletionDelta> pieces)
    {
        var read = new List<CompletionDelta>();
        try
        {
            await foreach (var piece in pieces.WithCancellation(TestContext.Current.CancellationToken))
            {
                read.Add(piece);
            }

            return (read, null);
        }
        catch (InferenceException failure)
        {
            return (read, failure);
        }
    }

    public static IAsyncEnumerable<CompletionDelta> StreamAsync(this ServedModel model, ChatCompletion completion, string? prefix, CancellationToken cancellationToken) =>
        model.StreamAsync(completion, prefix, null, null, cancellationToken);

    public static string Text(this IEnumerable<CompletionDelta> pieces) => string.Concat(pieces.Select(piece => piece.Text));
}
