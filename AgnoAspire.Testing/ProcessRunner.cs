namespace AgnoAspire.Testing;

/// <summary>Runs programs of the machine to their end.</summary>
public static class ProcessRunner
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);

    /// <summary>The path of a program, or <see langword="null"/> when it is not installed.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, name))
        .FirstOrDefault(File.Exists);

    /// <summary>Runs a program and returns its standard output.</summary>
    /// <exception cref="InvalidOperationException">Its exit code was not 0.</exception>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan? timeout = null, string? directory = null, CancellationToken cancellationToken = default) =>
        (await TryRunAsync(program, arguments, timeout, directory, cancellationToken)).SuccessfulOutput;

    /// <summary>Runs a program, whatever its exit code.</summary>
    public static async Task<ProcessResult> TryRunAsync(
        string program, IEnumerable<string> arguments, TimeSpan? timeout = null, string? directory = null, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Repository.Root,
        };
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout ?? DefaultTimeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ProcessResult(program, process.ExitCode, await output, await error);
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

/// <summary>What a program wrote, and its exit code.</summary>
public sealed record ProcessResult(string Program, int ExitCode, string Output, string Error)
{
    public string SuccessfulOutput =>
        ExitCode == 0 ? Output : throw new InvalidOperationException($"{Program} ended with exit code {ExitCode}:\n{Output}\n{Error}");
}
