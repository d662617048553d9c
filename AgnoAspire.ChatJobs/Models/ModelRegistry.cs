using System.Text.Json;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Redis;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs.Models;

/// <summary>
/// Where workers announce the models they serve and the API reads them, so that only workers know providers and the API still refuses
/// an unknown model before it becomes a job.
/// </summary>
public sealed class ModelRegistry(RedisConnection redis, RedisKeys keys, TimeProvider time)
{
    // Long, so that a model stays known while its workers restart; short enough that one taken out of the catalogue goes.
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(2);

    private volatile Reading latest = new([], default);

    /// <summary>Announces models; a worker does so every few seconds.</summary>
    /// <param name="models">Name and provider of each.</param>
    /// <returns>A task that ends when Redis knows.</returns>
    /// <exception cref="ChatJobsUnavailableException">Redis is unavailable.</exception>
    public Task RegisterAsync(IEnumerable<(string Name, string Provider)> models)
    {
        var now = time.GetUtcNow();
        var entries = models
            .Select(model => new RegisteredModel(model.Name, model.Provider, now))
            .Select(model => new HashEntry(model.Name, JsonSerializer.SerializeToUtf8Bytes(model, ChatJobsJsonContext.Default.RegisteredModel)))
            .ToArray();
        return redis.RunAsync(database => database.HashSetAsync(keys.Models, entries));
    }

    /// <summary>Reads the models served, by name in ordinal order. While Redis is away or empty, what was last read still stands.</summary>
    /// <returns>The models; empty when no worker has ever announced one.</returns>
    public async ValueTask<IReadOnlyList<RegisteredModel>> ReadAsync()
    {
        var reading = latest;
        if (reading.Models.Count > 0 && time.GetUtcNow() - reading.ReadAt < CacheTime)
        {
            return reading.Models;
        }

        try
        {
            var now = time.GetUtcNow();
            var models = (await redis.RunAsync(database => database.HashValuesAsync(keys.Models)))
                .Select(value => JsonSerializer.Deserialize((byte[])value!, ChatJobsJsonContext.Default.RegisteredModel)!)
                .Where(model => now - model.RegisteredAt < Validity)
                .OrderBy(model => model.Name, StringComparer.Ordinal)
                .ToArray();
            if (models.Length > 0 || reading.Models.Count == 0)
            {
                latest = reading = new Reading(models, now);
            }
        }
        catch (ChatJobsUnavailableException) when (reading.Models.Count > 0)
        {
            // Redis is away: an old answer is better than none, and admission will notice by itself.
        }

        return reading.Models;
    }

    private sealed record Reading(IReadOnlyList<RegisteredModel> Models, DateTimeOffset ReadAt);
}
