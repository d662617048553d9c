namespace AgnoAspire.Tests.Infrastructure;

/// <summary>Packages from the npm registry, installed once beside the build's output.</summary>
public static class NodePackages
{
    private static readonly SemaphoreSlim Turn = new(1);

    /// <summary>Installs packages at exact versions, unless they are there already.</summary>
    /// <param name="set">The name of the folder they share.</param>
    /// <param name="packages">Each as name@version.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The folder whose node_modules holds them.</returns>
    public static async Task<string> InstallAsync(string set, string[] packages, CancellationToken cancellationToken)
    {
        Assert.SkipWhen(ProcessRunner.Find("npm") is null || ProcessRunner.Find("node") is null, "no Node.js on this machine");
        var folder = Path.Combine(Repository.Root, "artifacts", "npm", set);
        var marker = Path.Combine(folder, ".installed");
        var wanted = string.Join(' ', packages);
        await Turn.WaitAsync(cancellationToken);
        try
        {
            if (!File.Exists(marker) || await File.ReadAllTextAsync(marker, cancellationToken) != wanted)
            {
                Directory.CreateDirectory(folder);
                await ProcessRunner.RunAsync("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--no-save", "--no-package-lock", .. packages], cancellationToken: cancellationToken);
                await File.WriteAllTextAsync(marker, wanted, cancellationToken);
            }
        }
        finally
        {
            Turn.Release();
        }

        return folder;
    }
}
