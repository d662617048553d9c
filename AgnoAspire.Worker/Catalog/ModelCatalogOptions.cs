namespace AgnoAspire.Worker.Catalog;

/// <summary>The model catalog as configured: the sections <c>Providers</c> and <c>Models</c>, and what <see cref="ModelCatalogDefaults"/> adds.</summary>
internal sealed class ModelCatalogOptions
{
    /// <summary>Gets the providers by name.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the models by configuration key, which is the public name unless <see cref="ModelOptions.Name"/> is set.</summary>
    public Dictionary<string, ModelOptions> Models { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>A provider, section <c>Providers:&lt;name&gt;</c>. The name is its label in logs and in a job's status.</summary>
internal sealed class ProviderOptions
{
    public const string OpenAI = "openai";
    public const string Demo = "demo";

    /// <summary>
    /// Gets or sets the protocol: <c>openai</c> (OpenAI, Azure OpenAI, Ollama, vLLM, llama.cpp, LM Studio…; default) or <c>demo</c>, the
    /// built-in script.
    /// </summary>
    public string? Type { get; set; }

    /// <summary>
    /// Gets or sets the base address, ending in <c>/v1</c> for most; without a path it gets <c>/v1</c>, at Azure's hosts <c>/openai/v1</c>.
    /// Default OpenAI's own.
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Gets or sets the API key; none for endpoints that need none. Keep it in an environment variable or a secret.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// Gets or sets the header of the key; <c>Authorization</c> carries it after <c>Bearer</c>, others carry it alone. Default <c>api-key</c>
    /// for Azure's hosts, otherwise <c>Authorization</c>.
    /// </summary>
    public string? KeyHeader { get; set; }

    /// <summary>Gets or sets the dialect of the OpenAI protocol. Default <c>OpenAI</c> for OpenAI's and Azure's hosts, otherwise <c>Compatible</c>.</summary>
    public Dialect? Dialect { get; set; }

    /// <summary>
    /// Gets or sets how an answer is continued with the policy <c>Prefix</c>. Default <c>Plain</c> for OpenAI's dialect, otherwise
    /// <c>ContinueFinalMessage</c>.
    /// </summary>
    public PrefixFormat? PrefixFormat { get; set; }

    /// <summary>
    /// Gets the top-level fields of a request that are replaced, by name: JSON, or else a text; an empty value drops the field. Default none: what a
    /// caller sends reaches the provider.
    /// </summary>
    public Dictionary<string, string> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Gets or sets whether requests have <c>stream_options</c>, which ask for the usage. An endpoint that refuses it is asked without it from then on.
    /// Default true.
    /// </summary>
    public bool StreamOptions { get; set; } = true;

    /// <summary>Gets or sets whether comments in the stream count as progress for timeouts: some servers send them while they work. Default false.</summary>
    public bool CommentsAreProgress { get; set; }

    /// <summary>Gets or sets the largest event accepted, in bytes, 1 KiB to 64 MiB. Default 256 KiB.</summary>
    public int MaxEventBytes { get; set; } = 256 * 1024;

    /// <summary>Gets or sets the largest response accepted, in bytes, 1 KiB to 16 GiB. Default 64 MiB.</summary>
    public long MaxResponseBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Gets or sets whether, in Development, the models of the Ollama at <see cref="Endpoint"/> are served. Read for the provider <c>ollama</c>
    /// only. Default true.
    /// </summary>
    public bool DiscoverModels { get; set; } = true;

    /// <summary>Gets or sets the time between two tokens of a <c>demo</c> provider, 0 (as fast as possible) to 10 seconds. Default 30 milliseconds.</summary>
    public TimeSpan TokenDelay { get; set; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Returns whether this is the built-in script.</summary>
    public bool IsDemo() => Demo.Equals(Type, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A dialect of the OpenAI protocol.</summary>
internal enum Dialect
{
    /// <summary>OpenAI and Azure OpenAI today: <c>max_completion_tokens</c>, and the role <c>developer</c>.</summary>
    OpenAI,

    /// <summary>All others: <c>max_tokens</c>, and the role <c>system</c> in place of <c>developer</c>.</summary>
    Compatible,
}

/// <summary>How a request asks for the continuation of its last message, the assistant's.</summary>
internal enum PrefixFormat
{
    /// <summary>By the message alone: llama.cpp, Ollama.</summary>
    Plain,

    /// <summary>By <c>continue_final_message: true</c> and <c>add_generation_prompt: false</c>: vLLM, SGLang.</summary>
    ContinueFinalMessage,

    /// <summary>By <c>prefix: true</c> in the message: Mistral, DeepSeek.</summary>
    MessagePrefix,
}

/// <summary>A model, section <c>Models:&lt;public name&gt;</c>.</summary>
internal sealed class ModelOptions
{
    /// <summary>Gets or sets the public name, for names with a colon, which a configuration key cannot have. Default the key.</summary>
    public string? Name { get; set; }

    /// <summary>Gets or sets whether the model is served; false removes a model that is served by default. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Gets or sets the provider of each endpoint that names no other. Required, except for models that are served by default.</summary>
    public string? Provider { get; set; }

    /// <summary>
    /// Gets or sets the model's name at the provider (Azure OpenAI: the deployment), for each endpoint that names no other. Default the public
    /// name.
    /// </summary>
    public string? UpstreamModel { get; set; }

    /// <summary>Gets the endpoints. None means one, made of <see cref="Provider"/> and <see cref="UpstreamModel"/>.</summary>
    public List<EndpointOptions> Endpoints { get; } = [];

    /// <summary>Gets or sets the concurrent answers per worker process, 1 to 100,000; further ones wait there. Default no limit.</summary>
    public int? MaxConcurrency { get; set; }

    /// <summary>
    /// Gets or sets what happens to an answer whose worker was lost, or whose provider failed, in mid-stream. Default <c>Replay</c> for the demo, otherwise
    /// <c>Fail</c>.
    /// </summary>
    public ContinuationPolicy? Continuation { get; set; }

    /// <summary>Gets or sets how often a worker continues an answer whose provider failed in mid-stream, 0 to 10. Default 2.</summary>
    public int MaxContinuations { get; set; } = 2;

    /// <summary>
    /// Gets or sets the most tokens, by estimate, that an answer may have generated twice because its provider failed, 0 to 10,000,000. Default 16,000.
    /// </summary>
    public int MaxRepeatedTokens { get; set; } = 16_000;

    /// <summary>
    /// Gets or sets the longest silence before the first token, 10 milliseconds to an hour. Default 2 minutes: models think, and local ones
    /// load first.
    /// </summary>
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets the longest silence after the first token, 10 milliseconds to an hour. Default 1 minute.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Gets or sets the longest time for an answer, retries included, and the longest wait for <see cref="MaxConcurrency"/> before it, 10
    /// milliseconds to a day. Default 15 minutes.
    /// </summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Gets or sets how often all endpoints are tried again, after a delay, before the first token, 0 to 10. Default 2.</summary>
    public int Retries { get; set; } = 2;

    /// <summary>Gets or sets whether callers get the model's reasoning. Default true.</summary>
    public bool Reasoning { get; set; } = true;

    /// <summary>Returns the endpoints with all defaults applied; only the provider may still be missing.</summary>
    public IReadOnlyList<EndpointOptions> EndpointsFor(string publicName) =>
    [
        .. (Endpoints.Count > 0 ? Endpoints : [new EndpointOptions()]).Select(endpoint => new EndpointOptions
        {
            Provider = endpoint.Provider ?? Provider,
            UpstreamModel = endpoint.UpstreamModel ?? UpstreamModel ?? publicName,
            Weight = endpoint.Weight,
        }),
    ];
}

/// <summary>An endpoint of a model, section <c>Models:&lt;public name&gt;:Endpoints:&lt;n&gt;</c>.</summary>
internal sealed class EndpointOptions
{
    /// <summary>Gets or sets the name of the provider. Default the model's.</summary>
    public string? Provider { get; set; }

    /// <summary>Gets or sets the model's name at the provider. Default the model's.</summary>
    public string? UpstreamModel { get; set; }

    /// <summary>Gets or sets its share of the answers, 0 to 1,000; an endpoint of weight 0 is a standby for when the others fail. Default 1.</summary>
    public int Weight { get; set; } = 1;
}
