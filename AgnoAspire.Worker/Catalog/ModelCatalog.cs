using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using AgnoAspire.Worker.Providers.Demo;
using AgnoAspire.Worker.Providers.OpenAI;
using Microsoft.Extensions.ServiceDiscovery.Http;

namespace AgnoAspire.Worker.Catalog;

/// <summary>The models this worker serves. Complete once <see cref="ModelCatalogStartup"/> has started.</summary>
internal sealed class ModelCatalog : IDisposable
{
    // The switch of the OpenTelemetry GenAI conventions for prompts and answers in telemetry.
    private const string CaptureContentSetting = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

    private readonly Dictionary<string, OpenAIProvider> providers = new(StringComparer.OrdinalIgnoreCase);
    private readonly ModelCatalogOptions options;
    private readonly TimeProvider timeProvider;
    private readonly EndpointCircuitBreakers breakers;
    private readonly IServiceDiscoveryHttpMessageHandlerFactory? discovery;
    private readonly ILogger<OpenAIProvider> providerLogger;
    private readonly bool captureContent;
    private volatile FrozenDictionary<string, ServedModel> models;

    public ModelCatalog(
        IOptions<ModelCatalogOptions> options,
        IConfiguration configuration,
        TimeProvider timeProvider,
        EndpointCircuitBreakers breakers,
        ILogger<OpenAIProvider> providerLogger,
        IServiceDiscoveryHttpMessageHandlerFactory? discovery = null)
    {
        this.options = options.Value;
        this.timeProvider = timeProvider;
        this.breakers = breakers;
        this.discovery = discovery;
        this.providerLogger = providerLogger;
        captureContent = string.Equals(configuration[CaptureContentSetting], "true", StringComparison.OrdinalIgnoreCase);
        models = this.options.Models
            .Where(model => model.Value.Enabled)
            .Select(model => Create(model.Value.Name ?? model.Key, model.Value))
            .ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
    }

    /// <summary>Gets the models, by name.</summary>
    public IReadOnlyCollection<ServedModel> Models => [.. models.Values.OrderBy(model => model.Name, StringComparer.Ordinal)];

    /// <summary>Gets the longest time that an answer of any model may take.</summary>
    public TimeSpan LongestAnswer => models.Values.Select(model => model.LongestAnswer).DefaultIfEmpty().Max();

    /// <summary>Finds a model by its public name; names are compared with case.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out ServedModel model) => models.TryGetValue(name, out model);

    /// <summary>Adds the models of an Ollama under their own names. Configured and disabled names stay as they are.</summary>
    public void AddOllama(IEnumerable<string> names, Uri endpoint)
    {
        var ollama = options.Providers.GetValueOrDefault(ModelCatalogDefaults.Ollama)
            ?? (options.Providers[ModelCatalogDefaults.Ollama] = new ProviderOptions());
        ollama.Endpoint ??= endpoint;
        var found = names
            .Distinct(StringComparer.Ordinal)
            .Where(name => !models.ContainsKey(name) && !options.Models.ContainsKey(name))
            .Select(name => Create(name, new ModelOptions { Provider = ModelCatalogDefaults.Ollama }));
        models = models.Values.Concat(found).ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
    }

    public void Dispose()
    {
        foreach (var disposable in models.Values.Concat<IDisposable>(providers.Values))
        {
            disposable.Dispose();
        }
    }

    private ServedModel Create(string name, ModelOptions model)
    {
        var endpoints = model.EndpointsFor(name);
        var isDemo = endpoints.All(endpoint => options.Providers[endpoint.Provider!].IsDemo());
        var limits = new InferenceTimeouts(model.FirstTokenTimeout, model.IdleTimeout, model.TotalTimeout);
        var routes = new WeightedRouteSelector([.. endpoints.Select(endpoint => CreateRoute(name, endpoint))]);
        return new ServedModel(
            name,
            model.Continuation ?? (isDemo ? ContinuationPolicy.Replay : ContinuationPolicy.Fail),
            model.MaxConcurrency,
            model.TotalTimeout,
            new Failover(routes, limits, new RetryPolicy(model.Retries), timeProvider),
            timeProvider)
        { ShowsReasoning = model.Reasoning, Budget = new ContinuationBudget(model.MaxContinuations, model.MaxRepeatedTokens) };
    }

    private ModelRoute CreateRoute(string publicName, EndpointOptions endpoint)
    {
        var (name, upstreamModel) = (endpoint.Provider!, endpoint.UpstreamModel!);
        var provider = options.Providers[name];
        var served = provider.IsDemo()
            ? DemoChatClient.Serve(publicName, provider.TokenDelay, timeProvider, captureContent)
            : Connect(name, provider).Serve(publicName, upstreamModel, captureContent);
        return new ModelRoute(served, breakers.For(name, upstreamModel), endpoint.Weight);
    }

    private OpenAIProvider Connect(string name, ProviderOptions provider)
    {
        if (!providers.TryGetValue(name, out var connected))
        {
            providers[name] = connected = new OpenAIProvider(name, provider, discovery, timeProvider, providerLogger);
        }

        return connected;
    }
}
