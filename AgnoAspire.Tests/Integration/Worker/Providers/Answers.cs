using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Tests.Worker.Providers;

/// <summary>Reads answers in tests.</summary>
internal static class Answers
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

    public static string Text(this IEnumerable<CompletionDelta> pieces) => string.Concat(pieces.Select(piece => piece.Text));
}
