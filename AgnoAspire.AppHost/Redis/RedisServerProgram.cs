namespace AgnoAspire.AppHost.Redis;

/// <summary>A program that speaks the Redis protocol, and how to start it so that a restart loses nothing. Files are kept in the working directory.</summary>
/// <param name="Title">What the dashboard calls it.</param>
/// <param name="Command">The program.</param>
/// <param name="Arguments">Its arguments but for the port.</param>
internal sealed record RedisServerProgram(string Title, string Command, IReadOnlyList<string> Arguments)
{
    private static readonly string[] Redis = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"];

    // Jobs are moved by Lua scripts that must be atomic. The device is the one that needs no native library.
    private static readonly string[] Garnet =
        ["--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--aof", "--recover", "--device-type", "RandomAccess"];

    /// <summary>Finds the server to use: an installed one, else Garnet, which the .NET SDK fetches as a tool on first use.</summary>
    /// <param name="searchPath">The directories to look in, as PATH has them.</param>
    public static RedisServerProgram Find(string? searchPath)
    {
        var directories = (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Installed("Redis", "redis-server", Redis)
            ?? Installed("Valkey", "valkey-server", Redis)
            ?? Installed("Garnet", "garnet-server", Garnet)
            ?? new RedisServerProgram("Garnet", "dotnet", ["tool", "exec", "garnet-server@2.2.8", "--yes", "--", .. Garnet]);

        RedisServerProgram? Installed(string title, string command, string[] arguments)
        {
            var file = OperatingSystem.IsWindows() ? $"{command}.exe" : command;
            var path = directories.Select(directory => Path.Combine(directory, file)).FirstOrDefault(File.Exists);
            return path is null ? null : new RedisServerProgram(title, path, arguments);
        }
    }
}
