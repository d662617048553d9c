using System.Reflection;

namespace AgnoAspire.Testing;

/// <summary>Paths in the repository that this assembly was built from.</summary>
public static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Chart { get; } = Path.Combine(Root, "deploy", "helm");

    /// <summary>The built program of a project.</summary>
    public static string Program(string project) => Path.Combine(Root, project, "bin", Metadata("Configuration"), "net10.0", $"{project}.dll");

    private static string Metadata(string key) => typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key)
        .Value!;
}
