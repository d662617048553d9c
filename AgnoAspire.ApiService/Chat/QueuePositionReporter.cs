using AgnoAspire.ChatJobs;

namespace AgnoAspire.ApiService.Chat;

/// <summary>Reports the queue position of one waiting job to a viewer that asked for it.</summary>
internal sealed class QueuePositionReporter(JobQueue queue, string jobId, string model)
{
    private long? reported;

    /// <summary>Creates a reporter if the request asked for one.</summary>
    public static QueuePositionReporter? CreateIfRequested(bool? isRequested, JobQueue queue, string jobId, string model) =>
        isRequested is true ? new QueuePositionReporter(queue, jobId, model) : null;

    /// <summary>Writes the position if it has changed.</summary>
    /// <returns>Whether an event was written.</returns>
    public async ValueTask<bool> WriteIfChangedAsync(SseWriter events)
    {
        try
        {
            if (await queue.GetPositionAsync(jobId) is not { } position || position == reported)
            {
                return false;
            }

            reported = position;
            events.Data(JsonSerializer.SerializeToUtf8Bytes(new QueuePositionEvent("", false, model, position), ChatJsonContext.Default.QueuePositionEvent));
            return true;
        }
        catch (ChatJobsUnavailableException)
        {
            // The stream stays open; the position is reported when Redis is available again.
            return false;
        }
    }
}

/// <summary>A chunk without text that reports how many chats are served before this one. It is not in the log and has no id.</summary>
internal sealed record QueuePositionEvent(
    [property: JsonPropertyName("content")] string Content,
    [property: JsonPropertyName("done")] bool Done,
    [property: JsonPropertyName("model")] string Model,
    [property: JsonPropertyName("queue_position")] long Position);
