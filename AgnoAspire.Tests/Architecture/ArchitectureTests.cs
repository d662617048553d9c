using System.Reflection;

namespace AgnoAspire.Tests.Architecture;

/// <summary>The layers of docs/architecture.md: what a project and a layer may use, and how long files and lines may be.</summary>
public sealed class ArchitectureTests
{
    private const int MaxFileLength = 250;
    private const int MaxLineLength = 160;

    private static readonly string[] Layers = ["Contracts", "Redis", "Jobs", "RateLimiting", "Models", "Queue", "Streams", "Cancellation", "Relay"];

    private static readonly string[] Apis = ["Chat", "OpenAI", "Admin"];

    [Theory]
    [InlineData("AgnoAspire.ServiceDefaults", new string[0])]
    [InlineData("AgnoAspire.ChatJobs", new string[0])]
    [InlineData("AgnoAspire.ApiService", new[] { "AgnoAspire.ChatJobs", "AgnoAspire.ServiceDefaults" })]
    [InlineData("AgnoAspire.Worker", new[] { "AgnoAspire.ChatJobs", "AgnoAspire.ServiceDefaults" })]
    public void Project_references_only_allowed_projects(string project, string[] allowed) =>
        Assert.Empty(References(project).Where(name => name.StartsWith("AgnoAspire.", StringComparison.Ordinal)).Except(allowed));

    [Theory]
    [InlineData("AgnoAspire.ApiService", "OpenAI")]
    [InlineData("AgnoAspire.ApiService", "Microsoft.Extensions.AI")]
    [InlineData("AgnoAspire.Worker", "Microsoft.AspNetCore.OpenApi")]
    [InlineData("AgnoAspire.ChatJobs", "Microsoft.Extensions.AI")]
    [InlineData("AgnoAspire.ApiService", "StackExchange.Redis")]
    [InlineData("AgnoAspire.Worker", "StackExchange.Redis")]
    [InlineData("AgnoAspire.AppHost", "StackExchange.Redis")]
    [InlineData("AgnoAspire.ServiceDefaults", "StackExchange.Redis")]
    [InlineData("AgnoAspire.Standalone", "StackExchange.Redis")]
    public void Project_does_not_reference_assembly(string project, string forbidden) => Assert.DoesNotContain(forbidden, References(project));

    [Fact]
    public void Layer_of_ChatJobs_uses_only_earlier_layers()
    {
        var violations = TypeUse.In(Assembly.Load("AgnoAspire.ChatJobs"), "AgnoAspire.ChatJobs.")
            .Where(use => Layers.Contains(use.From) && Layers.Contains(use.To) && Array.IndexOf(Layers, use.From) < Array.IndexOf(Layers, use.To));

        AssertNone(violations.Select(use => use.Description));
    }

    [Fact]
    public void Telemetry_uses_only_contracts()
    {
        var violations = TypeUse.In(Assembly.Load("AgnoAspire.ChatJobs"), "AgnoAspire.ChatJobs.")
            .Where(use => use.From == "Telemetry" && use.To is not ("Telemetry" or "Contracts"));

        AssertNone(violations.Select(use => use.Description));
    }

    [Fact]
    public void Every_folder_of_ChatJobs_is_a_layer()
    {
        var folders = Assembly.Load("AgnoAspire.ChatJobs").GetTypes()
            .Select(type => TypeUse.Part(type, "AgnoAspire.ChatJobs."))
            .OfType<string>();

        Assert.Equal(Layers.Append("Telemetry").Order(StringComparer.Ordinal), folders.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Apis_do_not_use_each_other()
    {
        var violations = TypeUse.In(Assembly.Load("AgnoAspire.ApiService"), "AgnoAspire.ApiService.")
            .Where(use => use.From != use.To && Apis.Contains(use.From) && Apis.Contains(use.To));

        AssertNone(violations.Select(use => use.Description));
    }

    [Fact]
    public void Files_and_lines_are_short()
    {
        var files = Directory.EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => path.StartsWith("AgnoAspire.", StringComparison.Ordinal) && !path.StartsWith("AgnoAspire.Tests/", StringComparison.Ordinal))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"));
        var tooLong = new List<string>();
        foreach (var file in files)
        {
            var lines = File.ReadAllLines(Path.Combine(Repository.Root, file));
            if (lines.Length > MaxFileLength)
            {
                tooLong.Add($"{file}: {lines.Length} lines");
            }

            tooLong.AddRange(lines.Index().Where(IsTooLong).Select(line => $"{file}:{line.Index + 1}: {line.Item.Length} characters"));
        }

        AssertNone(tooLong);
    }

    // A text stays in one piece, so that it is found by searching for it.
    private static bool IsTooLong((int Index, string Item) line) => line.Item.Length > MaxLineLength && !line.Item.Contains('"');

    // Shows all of them; Assert.Empty shows the first few.
    private static void AssertNone(IEnumerable<string> violations)
    {
        var lines = violations.Distinct().ToArray();
        Assert.True(lines.Length == 0, string.Join('\n', lines));
    }

    private static IEnumerable<string> References(string assembly) => Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!);
}
