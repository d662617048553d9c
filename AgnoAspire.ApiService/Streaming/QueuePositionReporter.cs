using System.Text.Json;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.Streaming;

/// <summary>The place of one waiting job, told to a viewer that asked for it.</summary>
internal sealed class QueuePositionReporter(JobQueue queue, string jobId, string model)
{
    private long? told;

    /// <summary>The place of a job, if the viewer wants to know.</summary>
    public static QueuePositionReporter? CreateIfRequested(bool? isWanted, JobQueue queue, string jobId, string model) =>
        isWanted is true ? new QueuePositionReporter(queue, jobId, model) : null;

    /// <summary>Writes the place if it is another one than was told last.</summary>
    /// <returns>Whether something was written.</returns>
    public async ValueTask<bool> WriteIfChangedAsync(SseWriter events)
    {
        try
        {
            if (await queue.GetPositionAsync(jobId) is not { } ahead || ahead == told)
            {
                return false;
            }

            told = ahead;
            events.Data(JsonSerializer.SerializeToUtf8Bytes(new QueuePositionEvent(model, ahead)));
            return true;
        }
        catch (ChatJobsUnavailableException)
        {
            // Redis is unavailable: the stream stays open, and the place is told when it returns.
            return false;
        }
    }
}
