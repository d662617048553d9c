using System.Data.Common;

namespace AgnoAspire.Worker.Catalog;

/// <summary>
/// Binds the configured catalog and adds the defaults: <c>demo</c> is always served by the script, OpenAI's models by OpenAI if there is a key, and
/// <c>gpt-3.5-turbo</c> by the script if there is neither a key nor a configured model.
/// </summary>
internal sealed class ModelCatalogDefaults(IConfiguration configuration) : IConfigureOptions<ModelCatalogOptions>
{
    /// <summary>The name of the provider for a local Ollama.</summary>
    public const string Ollama = "ollama";

    // Names of providers, of the demo model, and of OpenAI's connection string.
    private const string Demo = "demo";
    private const string OpenAI = "openai";
    private const string SampleModel = "gpt-3.5-turbo";

    private static readonly string[] OpenAIModels =
        [SampleModel, "gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-5", "gpt-5-mini", "gpt-5-nano"];

    public void Configure(ModelCatalogOptions options)
    {
        StrictOptionsBinder.Bind(configuration.GetSection("Providers"), options.Providers);
        StrictOptionsBinder.Bind(configuration.GetSection("Models"), options.Models);
        var modelsConfigured = options.Models.Count > 0;

        GetOrAdd(options.Providers, Demo).Type ??= ProviderOptions.Demo;
        GetOrAdd(options.Models, Demo).Provider ??= Demo;
        if (options.Providers.TryGetValue(Ollama, out var ollama))
        {
            ollama.Endpoint ??= OllamaDiscovery.DefaultEndpoint;
        }

        if (AddOpenAI(options) is { } connection)
        {
            foreach (var name in OpenAIModels.Append(connection.Model).OfType<string>())
            {
                GetOrAdd(options.Models, name).Provider ??= OpenAI;
            }
        }
        else if (!modelsConfigured || options.Models.ContainsKey(SampleModel))
        {
            GetOrAdd(options.Models, SampleModel).Provider ??= Demo;
        }
    }

    private static T GetOrAdd<T>(Dictionary<string, T> all, string name)
        where T : new()
    {
        if (!all.TryGetValue(name, out var one))
        {
            all[name] = one = new T();
        }

        return one;
    }

    // Credentials are a connection string in the form Aspire writes, or the usual environment variable.
    private Connection? AddOpenAI(ModelCatalogOptions options)
    {
        var connection = Parse(configuration.GetConnectionString(OpenAI));
        var key = connection?.Key ?? configuration["OPENAI_API_KEY"];
        if (connection is null && string.IsNullOrWhiteSpace(key) && !options.Providers.ContainsKey(OpenAI))
        {
            return null;
        }

        var provider = GetOrAdd(options.Providers, OpenAI);
        provider.Type ??= ProviderOptions.OpenAI;
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
            // The exception quotes the text, which may be the key.
            throw new OptionsValidationException(
                nameof(ModelCatalogOptions), typeof(ModelCatalogOptions), ["ConnectionStrings:openai is invalid; use Endpoint=https://…/v1;Key=…;Model=…."]);
        }
    }

    private static string? Part(DbConnectionStringBuilder parts, string name) =>
        parts.TryGetValue(name, out var value) && value?.ToString() is { Length: > 0 } text ? text : null;

    private sealed record Connection(Uri? Endpoint, string? Key, string? Model)
    {
        public override string ToString() => OpenAI;
    }
}
