namespace AgnoAspire.Worker.Catalog;

/// <summary>Lists the models of a local Ollama, once. No answer, a malformed one or a slow one means that there is none.</summary>
internal sealed class OllamaDiscovery(IOptions<ModelCatalogOptions> options, TimeProvider timeProvider)
{
    /// <summary>Ollama's default address for the OpenAI protocol.</summary>
    public static readonly Uri DefaultEndpoint = new("http://localhost:11434/v1");

    private const int MaxModels = 100;
    private const int MaxResponseBytes = 1024 * 1024;

    // A local server answers within milliseconds; the start does not wait for one that does not.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromMilliseconds(300);

    /// <summary>Returns the names of the models and the address they are served at.</summary>
    public async Task<(IReadOnlyList<string> Models, Uri Endpoint)> FindAsync(CancellationToken cancellationToken)
    {
        var configured = options.Value.Providers.GetValueOrDefault(ModelCatalogDefaults.Ollama);
        var endpoint = configured?.Endpoint ?? DefaultEndpoint;
        if (configured is { DiscoverModels: false })
        {
            return ([], endpoint);
        }

        using var timeout = new CancellationTokenSource(RequestTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var client = new HttpClient { MaxResponseContentBufferSize = MaxResponseBytes };
        try
        {
            var json = await client.GetByteArrayAsync(new Uri(endpoint, "/api/tags"), either.Token);
            var tags = JsonSerializer.Deserialize<Tags>(json);
            return ([.. (tags?.Models ?? []).Select(model => model.Name).OfType<string>().Where(IsName).Take(MaxModels)], endpoint);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return ([], endpoint);
        }
    }

    private static bool IsName(string name) => name.Length is > 0 and <= 200 && !name.Any(char.IsControl);

    private sealed record Tags([property: JsonPropertyName("models")] IReadOnlyList<Tag>? Models);

    private sealed record Tag([property: JsonPropertyName("name")] string? Name);
}
