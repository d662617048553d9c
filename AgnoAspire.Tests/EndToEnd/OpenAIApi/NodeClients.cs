using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>Runs the scripts beside these tests with the packages they are about.</summary>
internal static class NodeClients
{
    // Versions for Node 20.
    private static readonly string[] Packages =
    [
        "openai@6.46.0", "@openai/agents@0.13.3", "ai@6.0.324", "@ai-sdk/openai-compatible@2.0.91", "@langchain/openai@1.2.9", "@langchain/core@1.4.0",
        "@microsoft/fetch-event-source@2.0.1", "event-source-plus@0.1.15", "event-source-polyfill@1.0.31", "eventsource@4.1.1", "zod@4.6.7",
    ];

    private static readonly string[] Shared = ["cancelled.mjs", "cuts.mjs"];

    /// <summary>The version of a package that these tests install.</summary>
    public static string VersionOf(string package) => Packages.Single(item => item.StartsWith($"{package}@", StringComparison.Ordinal))[(package.Length + 1)..];

    public static async Task<JsonElement> RunAsync(string script, Uri address, string key, CancellationToken cancellationToken)
    {
        var folder = await NodePackages.InstallAsync("openai-api", Packages, cancellationToken);

        // Beside their packages, as modules find them nowhere else.
        foreach (var file in (string[])[script, .. Shared])
        {
            File.Copy(Script(file), Path.Combine(folder, file), overwrite: true);
        }

        File.Copy(Path.Combine(Repository.Root, "clients", "resuming-fetch.js"), Path.Combine(folder, "resuming-fetch.mjs"), overwrite: true);

        return Parse(await ProcessRunner.RunAsync("node", [Path.Combine(folder, script), Address(address), key], cancellationToken: cancellationToken));
    }

    public static async Task<JsonElement> RunPythonAsync(string script, Uri address, string key, CancellationToken cancellationToken) =>
        Parse(await ProcessRunner.RunAsync("python3", [Script(script), Address(address), key], cancellationToken: cancellationToken));

    private static string Script(string name) => Path.Combine(Repository.Root, "AgnoAspire.Tests", "EndToEnd", "OpenAIApi", "clients", name);

    private static string Address(Uri address) => address.ToString().TrimEnd('/');

    private static JsonElement Parse(string output) => JsonSerializer.Deserialize<JsonElement>(output.Trim().Split('\n')[^1]);
}
