using System.Text.RegularExpressions;
using AgnoAspire.Worker.Providers.OpenAI;

namespace AgnoAspire.Worker.Catalog;

/// <summary>Validates the catalog at startup; each message says what to write.</summary>
internal sealed partial class ModelCatalogOptionsValidator : IValidateOptions<ModelCatalogOptions>
{
    private const int MaxNameLength = 200;
    private static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(10);

    public ValidateOptionsResult Validate(string? name, ModelCatalogOptions options)
    {
        var served = options.Models.Where(model => model.Value.Enabled).ToList();
        var used = served.SelectMany(model => model.Value.EndpointsFor(model.Key)).Select(endpoint => endpoint.Provider).OfType<string>()
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var failures = options.Providers.SelectMany(provider => Validate(provider.Key, provider.Value, used.Contains(provider.Key)))
            .Concat(served.SelectMany(model => Validate(model.Key, model.Value, options)))
            .Concat(Duplicates(served))
            .ToList();
        if (served.Count == 0)
        {
            failures.Add("No model is enabled; remove Enabled=false from one of the Models, or configure another.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Validate(string key, ProviderOptions provider, bool used)
    {
        if (provider.Type is { } type && !provider.IsDemo() && !ProviderOptions.OpenAI.Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            yield return $"Providers:{key}:Type is '{type}'; set it to {ProviderOptions.OpenAI} (also for Azure OpenAI, Ollama, vLLM, llama.cpp, LM Studio) or {ProviderOptions.Demo}.";
        }

        var endpoint = provider.Endpoint;
        if (endpoint is not null && (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https") || endpoint.UserInfo.Length > 0))
        {
            yield return $"Providers:{key}:Endpoint is not a valid address; use https://host/v1, with the key in Providers:{key}:ApiKey.";
        }
        else if (!provider.IsDemo() && used && endpoint is null && string.IsNullOrWhiteSpace(provider.ApiKey))
        {
            yield return $"Providers:{key} has neither Endpoint nor ApiKey; set ApiKey to use OpenAI ({OpenAIProvider.OwnEndpoint}), or Endpoint for another server.";
        }

        if (provider.ApiKey is { } secret && secret.Any(character => character is < '!' or > '~'))
        {
            yield return $"Providers:{key}:ApiKey contains a space, line break or non-ASCII character.";
        }

        if (provider.KeyHeader is { } header && !HeaderName().IsMatch(header))
        {
            yield return $"Providers:{key}:KeyHeader is not a valid header name; use Authorization, api-key or the one your provider documents.";
        }

        foreach (var failure in new[]
        {
            OutOfRange($"Providers:{key}:MaxEventBytes", provider.MaxEventBytes, 1024, 64L << 20),
            OutOfRange($"Providers:{key}:MaxResponseBytes", provider.MaxResponseBytes, 1024, 16L << 30),
            OutOfRange($"Providers:{key}:TokenDelay", provider.TokenDelay, TimeSpan.Zero, TimeSpan.FromSeconds(10)),
        }.OfType<string>())
        {
            yield return failure;
        }
    }

    private static IEnumerable<string> Validate(string key, ModelOptions model, ModelCatalogOptions options)
    {
        var name = model.Name ?? key;
        if (string.IsNullOrWhiteSpace(name) || name.Length > MaxNameLength || name.Any(char.IsControl))
        {
            yield return $"Models:{key}: the public name must be 1 to {MaxNameLength} characters without line breaks; set Models:{key}:Name.";
        }

        foreach (var failure in new[]
        {
            OutOfRange($"Models:{key}:FirstTokenTimeout", model.FirstTokenTimeout, MinTimeout, TimeSpan.FromHours(1)),
            OutOfRange($"Models:{key}:IdleTimeout", model.IdleTimeout, MinTimeout, TimeSpan.FromHours(1)),
            OutOfRange($"Models:{key}:TotalTimeout", model.TotalTimeout, MinTimeout, TimeSpan.FromDays(1)),
            OutOfRange($"Models:{key}:Retries", model.Retries, 0, 10),
            OutOfRange($"Models:{key}:MaxContinuations", model.MaxContinuations, 0, 10),
            OutOfRange($"Models:{key}:MaxRepeatedTokens", model.MaxRepeatedTokens, 0, 10_000_000),
            OutOfRange($"Models:{key}:MaxConcurrency", model.MaxConcurrency ?? 1, 1, 100_000),
        }.OfType<string>().Concat(ValidateEndpoints(key, model, options)))
        {
            yield return failure;
        }
    }

    private static IEnumerable<string> ValidateEndpoints(string key, ModelOptions model, ModelCatalogOptions options)
    {
        var known = string.Join(", ", options.Providers.Keys.Order(StringComparer.Ordinal));
        var endpoints = model.EndpointsFor(model.Name ?? key);
        for (var index = 0; index < endpoints.Count; index++)
        {
            var endpoint = endpoints[index];
            var path = model.Endpoints.Count == 0 || model.Endpoints[index].Provider is null ? $"Models:{key}" : $"Models:{key}:Endpoints:{index}";
            if (string.IsNullOrWhiteSpace(endpoint.Provider))
            {
                yield return $"{path}:Provider is missing; set it to one of {known}, or configure Providers:<name>.";
            }
            else if (!options.Providers.ContainsKey(endpoint.Provider))
            {
                yield return $"{path}:Provider is '{endpoint.Provider}', which is not configured; set Providers:{endpoint.Provider}:Endpoint, or use one of {known}.";
            }

            if (OutOfRange($"Models:{key}:Endpoints:{index}:Weight", endpoint.Weight, 0, 1000) is { } failure)
            {
                yield return failure;
            }
        }

        if (endpoints.All(endpoint => endpoint.Weight == 0))
        {
            yield return $"Models:{key}:Endpoints all have Weight 0, which means standby; give one of them another weight.";
        }

        if (endpoints.DistinctBy(endpoint => (endpoint.Provider?.ToUpperInvariant(), endpoint.UpstreamModel)).Count() < endpoints.Count)
        {
            yield return $"Models:{key}:Endpoints lists the same provider and upstream model twice; list it once, with a larger Weight.";
        }
    }

    private static IEnumerable<string> Duplicates(IEnumerable<KeyValuePair<string, ModelOptions>> models) => models
        .GroupBy(model => model.Value.Name ?? model.Key, StringComparer.Ordinal)
        .Where(group => group.Count() > 1)
        .Select(group => $"The public name '{group.Key}' is used by {group.Count()} models ({string.Join(", ", group.Select(model => $"Models:{model.Key}"))}); change one of them.");

    private static string? OutOfRange<T>(string setting, T value, T min, T max)
        where T : IComparable<T> =>
        value.CompareTo(min) < 0 || value.CompareTo(max) > 0 ? $"{setting} is {value}; set it to a value from {min} to {max}." : null;

    [GeneratedRegex("^[A-Za-z0-9-]{1,64}$", RegexOptions.NonBacktracking)]
    private static partial Regex HeaderName();
}
