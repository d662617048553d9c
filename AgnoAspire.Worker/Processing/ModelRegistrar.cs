using AgnoAspire.ChatJobs.Models;
using AgnoAspire.Worker.Catalog;

namespace AgnoAspire.Worker.Processing;

/// <summary>Registers the models that this worker serves.</summary>
internal sealed class ModelRegistrar(ModelRegistry registry, ModelCatalog catalog, TimeProvider time, ILogger<ModelRegistrar> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RedisLoop.RepeatAsync(
        Interval, () => registry.RegisterAsync(catalog.Models.Select(model => (model.Name, model.Provider))), time, logger, stoppingToken);
}
