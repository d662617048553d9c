namespace AgnoAspire.Worker.Catalog;

/// <summary>Completes the catalogue before anything else is started, and says what it holds.</summary>
/// <param name="catalogue">The catalogue.</param>
/// <param name="ollama">Looks for a local Ollama.</param>
/// <param name="environment">Where we run; Ollama is looked for in Development only.</param>
/// <param name="logger">The log.</param>
internal sealed partial class ModelCatalogStartup(
    ModelCatalog catalogue, OllamaDiscovery ollama, IHostEnvironment environment, ILogger<ModelCatalogStartup> logger) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (environment.IsDevelopment())
        {
            var (models, endpoint) = await ollama.FindAsync(cancellationToken);
            catalogue.AddOllama(models, endpoint);
        }

        LogServing(string.Join("; ", catalogue.Models
            .GroupBy(model => model.Provider, StringComparer.Ordinal)
            .Select(group => $"{string.Join(", ", group.Select(model => model.Name))} by {group.Key}")));
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "Models served: {Models}.")]
    private partial void LogServing(string models);
}
