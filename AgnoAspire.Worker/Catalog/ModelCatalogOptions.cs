namespace AgnoAspire.Worker.Catalog;

/// <summary>The model catalogue as configured: the sections <c>Providers</c> and <c>Models</c>, and what <see cref="ModelCatalogDefaults"/> adds.</summary>
internal sealed class ModelCatalogOptions
{
    /// <summary>Gets the providers by name.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the models by configuration key, which is the public name unless <see cref="ModelOptions.Name"/> says otherwise.</summary>
    public Dictionary<string, ModelOptions> Models { get; } = new(StringComparer.OrdinalIgnoreCase);
}
