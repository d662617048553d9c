using System.Buffers;
using System.Text;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.Relay;

/// <summary>Reads a stream to its end, for callers who want the answer in one piece.</summary>
internal static class AnswerCollector
{
    private const int BatchSize = 64;

    /// <summary>The whole answer.</summary>
    /// <exception cref="OperationCanceledException">The viewer's token fired.</exception>
    public static async Task<CollectedAnswer> CollectAsync(Viewer viewer, string model)
    {
        var content = new StringBuilder();
        var calls = new CallCollector();
        var batch = ArrayPool<LoggedChunk>.Shared.Rent(BatchSize);
        try
        {
            while (true)
            {
                var (read, count) = await viewer.ReadAsync(batch);
                for (var i = 0; i < count; i++)
                {
                    var chunk = ChatChunk.Parse(batch[i].Bytes.Span);
                    content.Append(chunk.Content);
                    calls.Add(chunk.ToolCalls);
                    if (chunk.Done)
                    {
                        return new CollectedAnswer(content.ToString(), chunk) { ToolCalls = calls.Collected };
                    }
                }

                if (read is ViewerRead.Lost or ViewerRead.Ended)
                {
                    return new CollectedAnswer(content.ToString(), StreamLoss.Chunk(model));
                }
            }
        }
        finally
        {
            ArrayPool<LoggedChunk>.Shared.Return(batch, clearArray: true);
        }
    }
}
