using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgnoAspire.Worker.Catalog;

/// <summary>Registers the model catalog.</summary>
internal static class ModelCatalogExtensions
{
    /// <summary>
    /// Adds the <see cref="ModelCatalog"/> of the sections <c>Models</c> and <c>Providers</c>, <c>ConnectionStrings:openai</c> and <c>OPENAI_API_KEY</c>.
    /// An invalid setting fails the start with a message that says what to write. Add it before the hosted services that use it.
    /// </summary>
    public static IHostApplicationBuilder AddModelCatalog(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ModelCatalogOptions>().ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<ModelCatalogOptions>, ModelCatalogDefaults>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ModelCatalogOptions>, ModelCatalogOptionsValidator>());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddMetrics();
        builder.Services.TryAddSingleton<EndpointCircuitBreakers>();
        builder.Services.TryAddSingleton<ModelCatalog>();
        builder.Services.TryAddSingleton<OllamaDiscovery>();
        builder.Services.AddHostedService<ModelCatalogStartup>();
        return builder;
    }
}

/// <summary>Completes the catalog with the models of a local Ollama, in Development only, and logs what it serves.</summary>
internal sealed partial class ModelCatalogStartup(
    ModelCatalog catalog, OllamaDiscovery ollama, IHostEnvironment environment, ILogger<ModelCatalogStartup> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (environment.IsDevelopment())
        {
            var (models, endpoint) = await ollama.FindAsync(cancellationToken);
            catalog.AddOllama(models, endpoint);
        }

        LogServing(string.Join("; ", catalog.Models
            .GroupBy(model => model.Provider, StringComparer.Ordinal)
            .Select(group => $"{string.Join(", ", group.Select(model => model.Name))} by {group.Key}")));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "Models served: {Models}.")]
    private partial void LogServing(string models);
}
