using System.Diagnostics;

namespace AgnoAspire.Tests.Deploy;

/// <summary>Runs a program to its end.</summary>
internal static class Tool
{
    /// <summary>What a program said, and how it ended.</summary>
    public sealed record Result(int ExitCode, string Output, string Error)
    {
        public string Told => ExitCode == 0 ? Output : throw new InvalidOperationException($"Exit code {ExitCode}: {Error}{Output}");
    }

    public static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(directory => File.Exists(Path.Combine(directory, program)));

    public static async Task<Result> RunAsync(string program, IEnumerable<string> arguments, TimeSpan limit, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Repository.Root,
        };
        using var process = Process.Start(start)!;
        using var time = new CancellationTokenSource(limit, TimeProvider.System);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(time.Token, TestContext.Current.CancellationToken);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancel.Token);
            var error = process.StandardError.ReadToEndAsync(cancel.Token);
            await process.WaitForExitAsync(cancel.Token);
            return new Result(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
