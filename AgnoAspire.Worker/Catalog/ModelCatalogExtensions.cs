using AgnoAspire.Worker.Inference;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Catalog;

/// <summary>Adds the model catalogue.</summary>
internal static class ModelCatalogExtensions
{
    /// <summary>
    /// Adds the <see cref="ModelCatalog"/> of the sections <c>Models</c> and <c>Providers</c>, <c>ConnectionStrings:openai</c> and <c>OPENAI_API_KEY</c>.
    /// A mistake in them fails the start with what to write instead. Add it before whatever uses it.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The same builder.</returns>
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
