namespace AgnoAspire.AppHost;

/// <summary>A program that speaks the Redis protocol, and how to start it with nothing kept on disk.</summary>
/// <param name="Title">What the dashboard calls it.</param>
/// <param name="Command">The program.</param>
/// <param name="Arguments">Its arguments but for the port.</param>
internal sealed record RedisServerProgram(string Title, string Command, IReadOnlyList<string> Arguments)
{
    private static readonly string[] Memory = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];

    // Jobs are moved by Lua scripts that must be atomic.
    private static readonly string[] Lua = ["--bind", "127.0.0.1", "--lua", "--lua-transaction-mode"];

    /// <summary>Finds the server to use: an installed one, else Garnet, which the .NET SDK fetches as a tool on first use.</summary>
    /// <param name="searchPath">The directories to look in, as PATH has them.</param>
    public static RedisServerProgram Find(string? searchPath)
    {
        var directories = (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Installed("Redis", "redis-server", Memory)
            ?? Installed("Valkey", "valkey-server", Memory)
            ?? Installed("Garnet", "garnet-server", Lua)
            ?? new RedisServerProgram("Garnet", "dotnet", ["tool", "exec", "garnet-server@2.2.8", "--yes", "--", .. Lua]);

        RedisServerProgram? Installed(string title, string command, string[] arguments)
        {
            var file = OperatingSystem.IsWindows() ? $"{command}.exe" : command;
            var path = directories.Select(directory => Path.Combine(directory, file)).FirstOrDefault(File.Exists);
            return path is null ? null : new RedisServerProgram(title, path, arguments);
        }
    }
}
