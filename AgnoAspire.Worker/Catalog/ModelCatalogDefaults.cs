using System.Data.Common;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Catalog;

/// <summary>
/// Fills the catalogue: what is configured, then what goes without saying. <c>demo</c> is always served by the script; OpenAI's models by OpenAI
/// where there is a key; <c>gpt-3.5-turbo</c> by the script as long as there is neither a key nor any configured model.
/// </summary>
/// <param name="configuration">The application's configuration.</param>
internal sealed class ModelCatalogDefaults(IConfiguration configuration) : IConfigureOptions<ModelCatalogOptions>
{
    /// <summary>The name of the script's provider and model.</summary>
    public const string Demo = "demo";

    /// <summary>The name of OpenAI's provider and connection string.</summary>
    public const string OpenAI = "openai";

    /// <summary>The name of the provider for a local Ollama.</summary>
    public const string Ollama = "ollama";

    private const string ContractModel = "gpt-3.5-turbo";

    private static readonly string[] OpenAIModels =
        [ContractModel, "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-5", "gpt-5-mini", "gpt-5-nano"];

    /// <inheritdoc/>
    public void Configure(ModelCatalogOptions options)
    {
        StrictOptionsBinder.Read(configuration.GetSection("Providers"), options.Providers);
        StrictOptionsBinder.Read(configuration.GetSection("Models"), options.Models);
        var modelsConfigured = options.Models.Count > 0;

        Provider(options, Demo).Type ??= ProviderType.Demo;
        Model(options, Demo).Provider ??= Demo;
        if (options.Providers.TryGetValue(Ollama, out var ollama))
        {
            ollama.Endpoint ??= OllamaDiscovery.UsualEndpoint;
        }

        if (AddOpenAI(options) is { } connection)
        {
            foreach (var name in OpenAIModels.Append(connection.Model).OfType<string>())
            {
                Model(options, name).Provider ??= OpenAI;
            }
        }
        else if (!modelsConfigured || options.Models.ContainsKey(ContractModel))
        {
            Model(options, ContractModel).Provider ??= Demo;
        }
    }

    private static ProviderOptions Provider(ModelCatalogOptions options, string name) => GetOrAdd(options.Providers, name);

    private static ModelOptions Model(ModelCatalogOptions options, string name) => GetOrAdd(options.Models, name);

    private static T GetOrAdd<T>(Dictionary<string, T> all, string name)
        where T : new()
    {
        if (!all.TryGetValue(name, out var one))
        {
            all[name] = one = new T();
        }

        return one;
    }

    /// <summary>Adds OpenAI where there are credentials for it: a connection string in the form Aspire writes, or the usual environment variable.</summary>
    private Connection? AddOpenAI(ModelCatalogOptions options)
    {
        var connection = Parse(configuration.GetConnectionString(OpenAI));
        var key = connection?.Key ?? configuration["OPENAI_API_KEY"];
        if (connection is null && string.IsNullOrWhiteSpace(key) && !options.Providers.ContainsKey(OpenAI))
        {
            return null;
        }

        var provider = Provider(options, OpenAI);
        provider.Type ??= ProviderType.OpenAI;
        provider.Endpoint ??= connection?.Endpoint;
        provider.ApiKey ??= string.IsNullOrWhiteSpace(key) ? null : key.Trim();
        return connection ?? new Connection(null, null, null);
    }

    private static Connection? Parse(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return null;
        }

        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
            var endpoint = Part(parts, "Endpoint");
            return new Connection(endpoint is null ? null : new Uri(endpoint), Part(parts, "Key"), Part(parts, "Model"));
        }
        catch (Exception exception) when (exception is ArgumentException or UriFormatException)
        {
            // The exception quotes what it could not read, which may be the key.
            throw new OptionsValidationException(
                nameof(ModelCatalogOptions), typeof(ModelCatalogOptions), ["ConnectionStrings:openai cannot be read; write it as Endpoint=https://…/v1;Key=…;Model=…."]);
        }
    }

    private static string? Part(DbConnectionStringBuilder parts, string name) =>
        parts.TryGetValue(name, out var value) && value?.ToString() is { Length: > 0 } text ? text : null;

    private sealed record Connection(Uri? Endpoint, string? Key, string? Model)
    {
        public override string ToString() => OpenAI;
    }
}
