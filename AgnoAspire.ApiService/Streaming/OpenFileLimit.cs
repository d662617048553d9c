namespace AgnoAspire.ApiService.Streaming;

/// <summary>How many connections the limit of open files (<c>ulimit -n</c>) leaves room for.</summary>
internal static class OpenFileLimit
{
    // Assemblies, configuration, telemetry and Redis take about 290 when idle; the rest is for connections to Redis and providers that are replaced.
    private const int Reserve = 384;
    private const int MinConnections = 16;
    private const string File = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <summary>Gets the most connections to accept; no limit where the system names none.</summary>
    public static int MaxConnections { get; } = System.IO.File.Exists(File) ? Read(System.IO.File.ReadLines(File)) : int.MaxValue;

    internal static int Read(IEnumerable<string> limits) =>
        limits.FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal))?[Line.Length..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..] && long.TryParse(soft, CultureInfo.InvariantCulture, out var files)
            ? (int)Math.Clamp(files - Reserve, MinConnections, int.MaxValue)
            : int.MaxValue;
}
