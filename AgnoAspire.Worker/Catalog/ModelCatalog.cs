using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Providers.Demo;
using AgnoAspire.Worker.Providers.OpenAI;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.ServiceDiscovery.Http;

namespace AgnoAspire.Worker.Catalog;

/// <summary>The models this worker serves. Complete once the host's hosted services are being started.</summary>
internal sealed class ModelCatalog : IDisposable
{
    /// <summary>The switch of the OpenTelemetry GenAI conventions for prompts and answers in telemetry; off unless it is <c>true</c>.</summary>
    private const string CaptureContentSetting = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

    private readonly Dictionary<string, OpenAIProvider> providers = new(StringComparer.OrdinalIgnoreCase);
    private readonly ModelCatalogOptions options;
    private readonly TimeProvider timeProvider;
    private readonly EndpointCircuitBreakers breakers;
    private readonly IServiceDiscoveryHttpMessageHandlerFactory? discovery;
    private readonly bool captureContent;
    private volatile FrozenDictionary<string, ServedModel> models;

    /// <summary>Initializes a new instance of the <see cref="ModelCatalog"/> class with the configured models.</summary>
    /// <param name="options">The catalogue's options, valid.</param>
    /// <param name="configuration">The application's configuration, for telemetry's switch.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="breakers">What is known about the endpoints' health.</param>
    /// <param name="discovery">Resolves service names in endpoints, where service discovery is on.</param>
    public ModelCatalog(
        IOptions<ModelCatalogOptions> options,
        IConfiguration configuration,
        TimeProvider timeProvider,
        EndpointCircuitBreakers breakers,
        IServiceDiscoveryHttpMessageHandlerFactory? discovery = null)
    {
        this.options = options.Value;
        this.timeProvider = timeProvider;
        this.breakers = breakers;
        this.discovery = discovery;
        captureContent = string.Equals(configuration[CaptureContentSetting], "true", StringComparison.OrdinalIgnoreCase);
        models = this.options.Models
            .Where(model => model.Value.Enabled)
            .Select(model => Make(model.Value.Name ?? model.Key, model.Value))
            .ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
    }

    /// <summary>Gets the models, by name.</summary>
    public IReadOnlyCollection<ServedModel> Models => [.. models.Values.OrderBy(model => model.Name, StringComparer.Ordinal)];

    /// <summary>Finds a model.</summary>
    /// <param name="name">The public name; upper and lower case differ.</param>
    /// <param name="model">The model.</param>
    /// <returns>Whether it is served here.</returns>
    public bool TryGet(string name, [MaybeNullWhen(false)] out ServedModel model) => models.TryGetValue(name, out model);

    /// <summary>Adds models a local Ollama has, under their own names. A name that is taken, or switched off, stays as it was configured.</summary>
    /// <param name="names">The names.</param>
    /// <param name="endpoint">Where Ollama speaks OpenAI's protocol.</param>
    public void AddOllama(IEnumerable<string> names, Uri endpoint)
    {
        var ollama = options.Providers.GetValueOrDefault(ModelCatalogDefaults.Ollama) ?? (options.Providers[ModelCatalogDefaults.Ollama] = new ProviderOptions());
        ollama.Endpoint ??= endpoint;
        var found = names
            .Distinct(StringComparer.Ordinal)
            .Where(name => !models.ContainsKey(name) && !options.Models.ContainsKey(name))
            .Select(name => Make(name, new ModelOptions { Provider = ModelCatalogDefaults.Ollama }));
        models = models.Values.Concat(found).ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var provider in providers.Values)
        {
            provider.Dispose();
        }
    }

    private ServedModel Make(string name, ModelOptions model)
    {
        var endpoints = model.EndpointsFor(name);
        var isDemo = endpoints.All(endpoint => ProviderType.IsDemo(options.Providers[endpoint.Provider!]));
        var limits = new InferenceTimeouts(model.FirstTokenTimeout, model.IdleTimeout, model.TotalTimeout);
        return new ServedModel(
            name,
            model.Continuation ?? (isDemo ? ContinuationPolicy.Replay : ContinuationPolicy.Fail),
            new ModelConcurrency(model.MaxConcurrency, model.TotalTimeout, timeProvider),
            new Failover(new WeightedRouteSelector([.. endpoints.Select(endpoint => RouteTo(name, endpoint))]), limits, new RetryPolicy(model.Retries), timeProvider));
    }

    private ModelRoute RouteTo(string publicName, EndpointOptions endpoint)
    {
        var (name, upstreamModel) = (endpoint.Provider!, endpoint.UpstreamModel!);
        var provider = options.Providers[name];
        var served = ProviderType.IsDemo(provider)
            ? DemoChatClient.Serve(provider.TokenDelay, timeProvider, captureContent)
            : Connect(name, provider).Serve(publicName, upstreamModel, captureContent);
        return new ModelRoute(served, breakers.For(name, upstreamModel), endpoint.Weight);
    }

    private OpenAIProvider Connect(string name, ProviderOptions provider)
    {
        if (!providers.TryGetValue(name, out var connected))
        {
            providers[name] = connected = new OpenAIProvider(name, provider, discovery, timeProvider);
        }

        return connected;
    }
}
