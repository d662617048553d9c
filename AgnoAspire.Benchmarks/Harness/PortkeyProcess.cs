using System.Diagnostics;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>The npm package @portkey-ai/gateway, a proxy that keeps nothing, to compare with; installed once into the artifacts folder.</summary>
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

    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(3);

    /// <summary>The gateway, not yet started; <see langword="null"/>, with a word on the console, where it cannot be had.</summary>
    public static async Task<ChildProcess?> CreateAsync(int port, string directory, CancellationToken cancellationToken)
    {
        var home = Directory.CreateDirectory(Path.Combine(Environment.CurrentDirectory, "artifacts", "portkey"));
        var server = Path.Combine(home.FullName, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js");
        try
        {
            if (!File.Exists(server))
            {
                Console.WriteLine("Installing @portkey-ai/gateway to compare with…");
                await File.WriteAllTextAsync(Path.Combine(home.FullName, "package.json"), Package, cancellationToken);
                await InstallAsync(home.FullName, cancellationToken);
            }

            return File.Exists(server)
                ? new ChildProcess("portkey", "node", [server, $"--port={port}", "--headless"], token => ServiceProcess.AnswersAsync(new Uri($"http://127.0.0.1:{port}/"), token), directory)
                : Skip("it was not installed");
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return Skip(exception.Message);
        }
    }

    private static ChildProcess? Skip(string reason)
    {
        Console.WriteLine($"Portkey is skipped: {reason}. It needs Node.js with npm in the PATH.");
        return null;
    }

    private static async Task InstallAsync(string home, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(InstallLimit);
        using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"]) { WorkingDirectory = home })!;
        try
        {
            await npm.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!npm.HasExited)
            {
                npm.Kill(entireProcessTree: true);
            }
        }
    }
}
