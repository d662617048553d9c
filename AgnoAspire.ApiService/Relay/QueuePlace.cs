using System.Text.Json;
using AgnoAspire.ChatJobs;
using StackExchange.Redis;

namespace AgnoAspire.ApiService.Relay;

/// <summary>The place of one waiting job, told to a viewer that asked for it.</summary>
internal sealed class QueuePlace(JobQueue queue, string jobId, string model)
{
    private long? told;

    /// <summary>The place of a job, if the viewer wants to know.</summary>
    public static QueuePlace? If(bool? isWanted, JobQueue queue, string jobId, string model) =>
        isWanted is true ? new QueuePlace(queue, jobId, model) : null;

    /// <summary>Writes the place if it is another one than was told last.</summary>
    /// <returns>Whether something was written.</returns>
    public async ValueTask<bool> TellAsync(EventWriter events)
    {
        try
        {
            if (await queue.AheadAsync(jobId) is not { } ahead || ahead == told)
            {
                return false;
            }

            told = ahead;
            events.Data(JsonSerializer.SerializeToUtf8Bytes(new QueuePositionEvent(model, ahead)));
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Redis is away: the stream stays open, and the place is told when it returns.
            return false;
        }
    }
}
