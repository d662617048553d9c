using System.IO.Compression;
using System.Text.Json.Nodes;

namespace AgnoAspire.Tests.Deploy;

/// <summary>A fresh clone restores from a feed that has dropped a pinned patch version and serves the next one.</summary>
public sealed class RestoreTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("agno-restore-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task Next_patch_replaces_a_missing_one()
    {
        await PackAsync("Probe.Outer", "1.0.1");

        Assert.Equal(["Probe.Outer/1.0.1"], await RestoreAsync(("Probe.Outer", "1.0.0")));
    }

    [Fact]
    public async Task Next_patch_may_require_more_than_another_pin()
    {
        await PackAsync("Probe.Outer", "1.0.1", ("Probe.Inner", "1.0.1"));
        await PackAsync("Probe.Inner", "1.0.0");
        await PackAsync("Probe.Inner", "1.0.1");

        Assert.Equal(["Probe.Inner/1.0.0", "Probe.Outer/1.0.1"], await RestoreAsync(("Probe.Outer", "1.0.0"), ("Probe.Inner", "1.0.0")));
    }

    [Fact]
    public async Task Missing_package_is_an_error() => await Assert.ThrowsAsync<InvalidOperationException>(() => RestoreAsync(("Probe.Outer", "1.0.0")));

    /// <summary>Restores a project that has the rules of this repository and these pins.</summary>
    /// <returns>The packages and versions that were chosen.</returns>
    private async Task<IEnumerable<string>> RestoreAsync(params (string Id, string Version)[] pins)
    {
        await WriteAsync("feed/.keep", "");
        await WriteAsync("nuget.config", """<configuration><packageSources><clear /><add key="feed" value="feed" /></packageSources></configuration>""");

        // The analyzers are the repository's only packages here, and the feed has none.
        await WriteAsync("Directory.Build.props", $"""
            <Project>
              <Import Project="{Repository.Root}/Directory.Build.props" />
              <ItemGroup><PackageReference Remove="@(PackageReference)" /></ItemGroup>
            </Project>
            """);
        await WriteAsync("Directory.Packages.props", $"""
            <Project>
              <Import Project="{Repository.Root}/Directory.Packages.props" />
              <ItemGroup>{string.Concat(pins.Select(pin => $"""<PackageVersion Include="{pin.Id}" Version="{pin.Version}" />"""))}</ItemGroup>
            </Project>
            """);
        await WriteAsync("Probe.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup>{string.Concat(pins.Select(pin => $"""<PackageReference Include="{pin.Id}" />"""))}</ItemGroup>
            </Project>
            """);
        var result = await ProcessRunner.TryRunAsync(
            "dotnet", ["restore", "--packages", "packages"], Limit, directory.FullName, TestContext.Current.CancellationToken);
        _ = result.SuccessfulOutput;
        var assets = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(directory.FullName, "obj", "project.assets.json"), TestContext.Current.CancellationToken))!;
        return assets["libraries"]!.AsObject().Select(library => library.Key).Order(StringComparer.Ordinal);
    }

    private async Task PackAsync(string id, string version, params (string Id, string Version)[] dependencies)
    {
        var file = new FileInfo(Path.Combine(directory.FullName, "feed", $"{id}.{version}.nupkg"));
        file.Directory!.Create();
        await using var package = await ZipFile.OpenAsync(file.FullName, ZipArchiveMode.Create, TestContext.Current.CancellationToken);
        await using var text = new StreamWriter(await package.CreateEntry($"{id}.nuspec").OpenAsync(TestContext.Current.CancellationToken));
        await text.WriteAsync($"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata>
                <id>{id}</id><version>{version}</version><authors>tests</authors><description>A probe.</description>
                <dependencies>{string.Concat(dependencies.Select(item => $"""<dependency id="{item.Id}" version="{item.Version}" />"""))}</dependencies>
              </metadata>
            </package>
            """);
    }

    private async Task WriteAsync(string name, string text)
    {
        var file = new FileInfo(Path.Combine(directory.FullName, name));
        file.Directory!.Create();
        await File.WriteAllTextAsync(file.FullName, text, TestContext.Current.CancellationToken);
    }
}
