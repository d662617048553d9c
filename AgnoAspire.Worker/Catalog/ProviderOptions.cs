using AgnoAspire.Worker.Providers.OpenAI;

namespace AgnoAspire.Worker.Catalog;

/// <summary>A provider, as <c>Providers:&lt;name&gt;</c> configures it. The name is its label in logs and in a job's record.</summary>
internal sealed class ProviderOptions
{
    /// <summary>Gets or sets what it speaks: <c>openai</c> (OpenAI, Azure OpenAI, Ollama, vLLM, llama.cpp, LM Studio…; default) or <c>demo</c>.</summary>
    public string? Type { get; set; }

    /// <summary>Gets or sets the base address, ending in <c>/v1</c> for most; an address without a path gets <c>/v1</c>, at Azure's hosts <c>/openai/v1</c>. Default OpenAI's own.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Gets or sets the API key; none for endpoints that want none. Keep it in an environment variable or a secret.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Gets or sets the header that carries the key, alone; <c>Authorization</c> carries it after <c>Bearer</c>. Default <c>api-key</c> for Azure's hosts, otherwise <c>Authorization</c>.</summary>
    public string? KeyHeader { get; set; }

    /// <summary>Gets or sets how it speaks OpenAI's protocol. Default by host: OpenAI's and Azure's <c>OpenAI</c>, every other <c>Compatible</c>.</summary>
    public Dialect? Dialect { get; set; }

    /// <summary>Gets or sets the longest event accepted, in bytes, 1 KiB to 64 MiB. Default 256 KiB.</summary>
    public int MaxEventBytes { get; set; } = 256 * 1024;

    /// <summary>Gets or sets the longest answer accepted, in bytes on the wire, 1 KiB to 16 GiB. Default 64 MiB.</summary>
    public long MaxResponseBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Gets or sets a value indicating whether, in Development, the models an Ollama at <see cref="Endpoint"/> has are served by themselves. Read for the provider <c>ollama</c> only. Default true.</summary>
    public bool DiscoverModels { get; set; } = true;

    /// <summary>Gets or sets the time between two words of a <c>demo</c> provider, 0 (as fast as possible) to 10 seconds. Default 30 milliseconds.</summary>
    public TimeSpan TokenDelay { get; set; } = TimeSpan.FromMilliseconds(30);
}
