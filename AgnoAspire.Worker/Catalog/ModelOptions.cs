using AgnoAspire.Worker.Inference;

namespace AgnoAspire.Worker.Catalog;

/// <summary>A model, as <c>Models:&lt;public name&gt;</c> configures it.</summary>
internal sealed class ModelOptions
{
    /// <summary>Gets or sets the public name, for names with a colon, which a configuration key cannot have. Default the key.</summary>
    public string? Name { get; set; }

    /// <summary>Gets or sets a value indicating whether it is served; false takes away a model that is served by default. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Gets or sets the name of the provider that answers, at each endpoint that names no other. Required, except for models that are served by default.</summary>
    public string? Provider { get; set; }

    /// <summary>Gets or sets the model's name at the provider (Azure OpenAI: the deployment), at each endpoint that names no other. Default the public name.</summary>
    public string? UpstreamModel { get; set; }

    /// <summary>Gets the endpoints that answer. None means one, made of <see cref="Provider"/> and <see cref="UpstreamModel"/>.</summary>
    public List<EndpointOptions> Endpoints { get; } = [];

    /// <summary>Gets or sets how many answers may be under way in one worker process, 1 to 100,000; further ones wait there. Default any number.</summary>
    public int? MaxConcurrency { get; set; }

    /// <summary>Gets or sets what becomes of an answer whose worker died in mid-stream. Default <c>Replay</c> for the demo, otherwise <c>Fail</c>.</summary>
    public ContinuationPolicy? Continuation { get; set; }

    /// <summary>Gets or sets the longest silence before the first text, 10 milliseconds to an hour. Default 2 minutes, as models think and local ones load first.</summary>
    public TimeSpan FirstTokenTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets the longest silence after the first text, 10 milliseconds to an hour. Default 1 minute.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets the longest time for an answer, retries included, and the longest wait for its turn before, 10 milliseconds to a day. Default 15 minutes.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Gets or sets how often all endpoints are tried again, after a wait, while nothing was shown, 0 to 10. Default 2.</summary>
    public int Retries { get; set; } = 2;

    /// <summary>Says which endpoints answer.</summary>
    /// <param name="publicName">The model's public name.</param>
    /// <returns>At least one, with nothing left open but a provider that was named nowhere.</returns>
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
