using AgnoAspire.AppHost.Publishing;
using Aspire.Hosting.Testing;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>The chart in the repository is the one the AppHost publishes.</summary>
public sealed class PublishedChartTests
{
    [Fact]
    public async Task The_chart_that_is_kept_is_what_the_AppHost_publishes_now()
    {
        var cancel = TestContext.Current.CancellationToken;
        var fresh = Directory.CreateTempSubdirectory("agno-chart-");
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AgnoAspire_AppHost>(
            ["--operation", "publish", "--step", "publish", "--output-path", fresh.FullName], cancel);
        await using (var app = await builder.BuildAsync(cancel))
        {
            await app.RunAsync(cancel);
        }

        Assert.Equal(Read(Repository.Chart), Read(fresh.FullName));
        fresh.Delete(recursive: true);
    }

    [Fact]
    public async Task Deploy_fails_because_it_would_install_nothing()
    {
        var fresh = Directory.CreateTempSubdirectory("agno-chart-");
        var result = await ProcessRunner.TryRunAsync(
            "dotnet",
            [Repository.Program("AgnoAspire.AppHost"), "--operation", "publish", "--step", "deploy", "--output-path", fresh.FullName],
            TimeSpan.FromMinutes(2),
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(HelmChart.DeployError, result.Output, StringComparison.Ordinal);
        fresh.Delete(recursive: true);
    }

    private static SortedDictionary<string, string> Read(string chart) => new(
        Directory.EnumerateFiles(chart, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(chart, file), File.ReadAllText),
        StringComparer.Ordinal);
}
