using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker.Catalog;

/// <summary>Asks a local Ollama, once, which models it has. Silence, nonsense or a slow answer mean that there is none.</summary>
/// <param name="options">The catalogue's options.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class OllamaDiscovery(IOptions<ModelCatalogOptions> options, TimeProvider timeProvider)
{
    /// <summary>Where an Ollama speaks OpenAI's protocol, if it was not told otherwise.</summary>
    public static readonly Uri UsualEndpoint = new("http://localhost:11434/v1");

    private const int MostModels = 100;
    private const int MostBytes = 1024 * 1024;

    /// <summary>A local server answers within milliseconds; nobody's start waits for one that does not.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMilliseconds(300);

    /// <summary>Looks for Ollama.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Its models' names, none if there is no Ollama, and where it speaks OpenAI's protocol.</returns>
    public async Task<(IReadOnlyList<string> Models, Uri Endpoint)> FindAsync(CancellationToken cancellationToken)
    {
        var configured = options.Value.Providers.GetValueOrDefault(ModelCatalogDefaults.Ollama);
        var endpoint = configured?.Endpoint ?? UsualEndpoint;
        if (configured is { DiscoverModels: false })
        {
            return ([], endpoint);
        }

        using var timeout = new CancellationTokenSource(TimeLimit, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var client = new HttpClient { MaxResponseContentBufferSize = MostBytes };
        try
        {
            var json = await client.GetByteArrayAsync(new Uri(endpoint, "/api/tags"), either.Token);
            var tags = JsonSerializer.Deserialize<Tags>(json);
            return ([.. (tags?.Models ?? []).Select(model => model.Name).OfType<string>().Where(IsName).Take(MostModels)], endpoint);
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
