namespace AgnoAspire.Testing;

/// <summary>One of our services as a process, as it is deployed, on a loopback port.</summary>
public static class AppProcess
{
    /// <summary>A service that is not started yet.</summary>
    /// <param name="project">Such as AgnoAspire.ApiService.</param>
    /// <param name="settings">Its environment variables.</param>
    /// <param name="name">Its name in a run with several; that of the project by default.</param>
    /// <param name="port">Where it listens; a free port by default.</param>
    /// <param name="directory">Where its output goes; <see langword="null"/> for a folder that is deleted with it.</param>
    public static ServerProcess Create(
        string project, IReadOnlyDictionary<string, string> settings, string? name = null, int? port = null, string? directory = null)
    {
        var address = new Uri($"http://127.0.0.1:{port ?? Ports.Free()}");
        var program = Repository.Program(project);
        var health = new Uri(address, "/health");
        return new ServerProcess(name ?? project, address, "dotnet", [program], token => ServerProcess.AnswersAsync(health, token), directory)
        {
            Settings = new Dictionary<string, string>(settings)
            {
                ["ASPNETCORE_URLS"] = address.OriginalString,
                ["ASPNETCORE_ENVIRONMENT"] = settings.GetValueOrDefault("ASPNETCORE_ENVIRONMENT", "Development"),
                ["ASPNETCORE_CONTENTROOT"] = Path.GetDirectoryName(program)!,
            },
        };
    }
}
