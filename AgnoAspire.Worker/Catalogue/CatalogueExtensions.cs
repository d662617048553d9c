using AgnoAspire.Worker.Providers;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Catalogue;

/// <summary>Adds the model catalogue.</summary>
internal static class CatalogueExtensions
{
    /// <summary>
    /// Adds the <see cref="ModelCatalogue"/> of the sections <c>Models</c> and <c>Providers</c>, <c>ConnectionStrings:openai</c> and <c>OPENAI_API_KEY</c>.
    /// A mistake in them fails the start with what to write instead. Add it before whatever uses it.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddModelCatalogue(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CatalogueOptions>().ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<CatalogueOptions>, CatalogueDefaults>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CatalogueOptions>, CatalogueOptionsValidator>());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddMetrics();
        builder.Services.TryAddSingleton<EndpointBreakers>();
        builder.Services.TryAddSingleton<ModelCatalogue>();
        builder.Services.TryAddSingleton<OllamaDiscovery>();
        builder.Services.AddHostedService<CatalogueStartup>();
        return builder;
    }
}
