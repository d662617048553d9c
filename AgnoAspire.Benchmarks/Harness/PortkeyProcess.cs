namespace AgnoAspire.Benchmarks.Harness;

/// <summary>The npm package @portkey-ai/gateway, a proxy that stores nothing, to compare with; installed once into the artifacts folder.</summary>
internal static class PortkeyProcess
{
    // Newer versions of hono and its server do not stream through this gateway.
    private const string Package =
        """
        {
          "private": true,
          "dependencies": { "@portkey-ai/gateway": "1.15.2" },
          "overrides": { "hono": "4.9.7", "@hono/node-server": "1.13.8" }
        }
        """;

    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(3);

    /// <summary>Starts the gateway; <see langword="null"/>, with a message on the console, where it cannot be had.</summary>
    public static async Task<ServerProcess?> StartAsync(CancellationToken cancellationToken)
    {
        var home = Directory.CreateDirectory(Path.Combine(Environment.CurrentDirectory, "artifacts", "portkey"));
        var server = Path.Combine(home.FullName, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js");
        try
        {
            if (!File.Exists(server))
            {
                Console.WriteLine("Installing @portkey-ai/gateway to compare with…");
                await File.WriteAllTextAsync(Path.Combine(home.FullName, "package.json"), Package, cancellationToken);
                await ProcessRunner.RunAsync(
                    "npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], InstallTimeout, home.FullName, cancellationToken);
            }

            var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
            string[] arguments = [server, $"--port={address.Port}", "--headless"];
            var process = new ServerProcess("portkey", address, "node", arguments, token => ServerProcess.AnswersAsync(address, token));
            await process.StartAsync(cancellationToken);
            return process;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Console.WriteLine($"Portkey is skipped: {exception.Message}. It needs Node.js with npm in the PATH.");
            return null;
        }
    }
}
