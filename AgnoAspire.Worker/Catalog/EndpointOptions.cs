namespace AgnoAspire.Worker.Catalog;

/// <summary>One of the places that answer for a model, as <c>Models:&lt;public name&gt;:Endpoints:&lt;n&gt;</c> configures it.</summary>
internal sealed class EndpointOptions
{
    /// <summary>Gets or sets the name of the provider. Default the model's.</summary>
    public string? Provider { get; set; }

    /// <summary>Gets or sets the model's name at the provider. Default the model's.</summary>
    public string? UpstreamModel { get; set; }

    /// <summary>Gets or sets its share of the answers, 0 to 1,000; at 0 it stands by and answers only when the others cannot. Default 1.</summary>
    public int Weight { get; set; } = 1;
}
