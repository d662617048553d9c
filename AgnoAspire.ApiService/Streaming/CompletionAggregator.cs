using System.Buffers;
using System.Text;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>Reads a stream to its end, for callers who want the answer in one piece.</summary>
internal static class CompletionAggregator
{
    private const int BatchSize = 64;

    /// <summary>The whole answer.</summary>
    /// <exception cref="OperationCanceledException">The viewer's token fired.</exception>
    public static async Task<AggregatedCompletion> CollectAsync(Viewer viewer, string model)
    {
        var content = new StringBuilder();
        var calls = new ToolCallAggregator();
        var batch = ArrayPool<SequencedChunk>.Shared.Rent(BatchSize);
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
                        return new AggregatedCompletion(content.ToString(), chunk) { ToolCalls = calls.Collected };
                    }
                }

                if (read is ReadStatus.Lost or ReadStatus.Completed)
                {
                    return new AggregatedCompletion(content.ToString(), StreamLoss.Chunk(model));
                }
            }
        }
        finally
        {
            ArrayPool<SequencedChunk>.Shared.Return(batch, clearArray: true);
        }
    }
}
