using AgnoAspire.Tests.Infrastructure;

namespace AgnoAspire.Tests.EndToEnd.OpenAIApi;

/// <summary>Runs the scripts beside these tests with the packages they are about.</summary>
internal static class NodeClients
{
    private static readonly string[] Packages =
    [
        "openai@6.30.1", "ai@6.0.324", "@ai-sdk/openai-compatible@2.0.91", "@langchain/openai@1.2.9", "@langchain/core@1.4.0",
        "@microsoft/fetch-event-source@2.0.1", "eventsource@4.1.1", "zod@4.6.7",
    ];

    private const string Shared = "cancelled.mjs";

    public static async Task<JsonElement> RunAsync(string script, Uri address, string key, CancellationToken cancellationToken)
    {
        var folder = await NodePackages.InstallAsync("openai-api", Packages, cancellationToken);

        // Beside their packages, as modules find them nowhere else.
        foreach (var file in (string[])[script, Shared])
        {
            File.Copy(Path.Combine(Scripts, file), Path.Combine(folder, file), overwrite: true);
        }

        return Parse(await ProcessRunner.RunAsync("node", [Path.Combine(folder, script), Address(address), key], cancellationToken: cancellationToken));
    }

    public static async Task<JsonElement> RunPythonAsync(string script, Uri address, string key, CancellationToken cancellationToken) =>
        Parse(await ProcessRunner.RunAsync("python3", [Path.Combine(Scripts, script), Address(address), key], cancellationToken: cancellationToken));

    private static string Scripts => Path.Combine(Repository.Root, "AgnoAspire.Tests", "EndToEnd", "OpenAIApi", "clients");

    private static string Address(Uri address) => address.ToString().TrimEnd('/');

    private static JsonElement Parse(string output) => JsonSerializer.Deserialize<JsonElement>(output.Trim().Split('\n')[^1]);
}
