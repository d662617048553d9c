namespace AgnoAspire.ChatJobs.Models;

/// <summary>
/// The models that the workers serve: registered by workers, read by the API, so that only workers know providers and the API still refuses an
/// unknown model before it becomes a job. Registrations are stamped and compared by Redis' clock: those of the machines may differ.
/// </summary>
public sealed class ModelRegistry(RedisConnection redis, RedisKeys keys, ChatJobsOptions options, TimeProvider time)
{
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(2);

    // A Redis that came back without its data, or after an outage, is empty until the workers register again, every three seconds.
    private static readonly TimeSpan EmptyTolerance = TimeSpan.FromSeconds(10);

    private volatile Reading latest = new([], 0);

    /// <summary>Registers models by name and provider; a worker does so every few seconds.</summary>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public Task RegisterAsync(IEnumerable<(string Name, string Provider)> models) => redis.EvaluateAsync(
        RedisScripts.RegisterModels, [keys.Models], [.. models.SelectMany(model => new RedisValue[] { model.Name, model.Provider })]);

    /// <summary>
    /// Reads the models served, by name in ordinal order; empty when no worker has registered one within <see cref="ChatJobsOptions.WorkerTimeout"/>.
    /// While Redis is unavailable, and for ten seconds when none is served any more, the last models read are returned.
    /// </summary>
    public async ValueTask<IReadOnlyList<RegisteredModel>> ReadAsync()
    {
        var reading = latest;
        if (reading.Models.Count > 0 && time.GetElapsedTime(reading.ReadAt) < CacheTime)
        {
            return reading.Models;
        }

        try
        {
            var readAt = time.GetTimestamp();
            var models = await ReadRegisteredAsync();
            if (models.Length > 0 || time.GetElapsedTime(reading.ReadAt) > EmptyTolerance)
            {
                latest = reading = new Reading(models, readAt);
            }
        }
        catch (ChatJobsUnavailableException) when (reading.Models.Count > 0)
        {
            // The last models read are better than none, and admission finds the outage by itself.
        }

        return reading.Models;
    }

    /// <summary>Reads the models that are registered now.</summary>
    /// <returns>The models, by name in ordinal order.</returns>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    internal async Task<RegisteredModel[]> ReadRegisteredAsync()
    {
        var reply = (string[])(await redis.EvaluateAsync(RedisScripts.ReadModels, [keys.Models], [RedisTime.Milliseconds(options.WorkerTimeout)]))!;
        return
        [
            .. reply.Chunk(3)
                .Select(entry => new RegisteredModel(entry[0], entry[2], RedisTime.Read(entry[1])!.Value))
                .OrderBy(model => model.Name, StringComparer.Ordinal),
        ];
    }

    private sealed record Reading(IReadOnlyList<RegisteredModel> Models, long ReadAt);
}
