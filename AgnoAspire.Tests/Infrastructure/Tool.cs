using System.Diagnostics;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>Programs of the machine that tests drive.</summary>
public static class Tool
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Where a program is, or <see langword="null"/> when the machine has none of that name.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, name))
        .FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} ended with exit code {process.ExitCode}:\n{output}\n{await error}");
    }
}
