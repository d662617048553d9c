namespace AgnoAspire.Benchmarks.Harness;

/// <summary>The built API and worker as processes of their own, as they are deployed.</summary>
internal static class ServiceProcess
{
    private static readonly HttpClient Health = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <param name="project">AgnoAspire.ApiService or AgnoAspire.Worker.</param>
    /// <param name="name">Its name in this run.</param>
    /// <param name="port">Where it listens, on the loopback address.</param>
    /// <param name="redisPort">Where its Redis is.</param>
    /// <param name="directory">Where its output goes.</param>
    public static ChildProcess Create(string project, string name, int port, int redisPort, string directory)
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        return new ChildProcess(name, "dotnet", [Find(project)], cancellationToken => AnswersAsync(new Uri(address, "/health"), cancellationToken), directory)
        {
            Settings =
            {
                ["ASPNETCORE_URLS"] = address.OriginalString,
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ConnectionStrings__redis"] = $"127.0.0.1:{redisPort}",
                ["Logging__LogLevel__Default"] = "Warning",
                ["ChatApi__AllowAnonymous"] = "true",
            },
        };
    }

    /// <summary>Whether an address answers with success.</summary>
    public static async Task<bool> AnswersAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Health.GetAsync(address, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    // The services are built into their own folders, which lie beside this project's.
    private static string Find(string project)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        var configuration = framework.Parent!;
        var root = configuration.Parent!.Parent!.Parent!;
        var path = Path.Combine(root.FullName, project, "bin", configuration.Name, framework.Name, $"{project}.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{project} is not built; run this with dotnet run.", path);
    }
}
