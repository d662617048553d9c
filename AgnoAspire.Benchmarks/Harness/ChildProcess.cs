using System.Diagnostics;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>
/// A process of this run that can be started, hurt and started again on the same port. It is ready when its address answers; its output goes
/// to a file beside those of the others.
/// </summary>
internal sealed class ChildProcess(string name, string file, IEnumerable<string> arguments, Func<CancellationToken, Task<bool>> isReady, string directory) : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(50);

    private readonly string[] arguments = [.. arguments];
    private readonly SemaphoreSlim turn = new(1);
    private Process? process;

    public string Name => name;

    public int Id => process!.Id;

    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Gets what the process has in memory now, in bytes; 0 while it does not run.</summary>
    public long WorkingSet
    {
        get
        {
            if (process is not { HasExited: false } running)
            {
                return 0;
            }

            running.Refresh();
            return running.WorkingSet64;
        }
    }

    /// <summary>Gets the processor time this process has used so far.</summary>
    public TimeSpan ProcessorTime => process is { HasExited: false } running ? running.TotalProcessorTime : TimeSpan.Zero;

    /// <summary>Does something with the process that nothing else may disturb; false when something else is being done with it.</summary>
    public async Task<bool> TryAsync(Func<Task> action)
    {
        if (!await turn.WaitAsync(TimeSpan.Zero))
        {
            return false;
        }

        try
        {
            await action();
            return true;
        }
        finally
        {
            turn.Release();
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        foreach (var (key, value) in Settings)
        {
            start.Environment[key] = value;
        }

        process?.Dispose();
        process = Process.Start(start)!;
        _ = KeepAsync(process.StandardOutput.BaseStream);
        _ = KeepAsync(process.StandardError.BaseStream);
        await ReadyAsync(process, cancellationToken);
    }

    public void Stop() => Signals.SendStop(process!.Id);

    public void Continue() => Signals.SendContinue(process!.Id);

    public async Task KillAsync()
    {
        if (process is { HasExited: false } running)
        {
            Signals.SendKill(running.Id);
            await running.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>Asks the process to end and waits; one that does not is killed.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> TerminateAsync(TimeSpan limit)
    {
        Signals.SendTerminate(process!.Id);
        using var waiting = new CancellationTokenSource(limit, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(waiting.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process?.Dispose();
        turn.Dispose();
    }

    private async Task ReadyAsync(Process started, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadyLimit);
        try
        {
            while (!await isReady(limit.Token))
            {
                if (started.HasExited)
                {
                    throw new ProcessFailedException($"{name} ended with exit code {started.ExitCode}; its output is in {directory}.");
                }

                await Task.Delay(AskAgain, TimeProvider.System, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProcessFailedException($"{name} was not ready within {ReadyLimit.TotalSeconds} seconds; its output is in {directory}.");
        }
    }

    private async Task KeepAsync(Stream output)
    {
        // Ends with the process, which is ended on every way out.
        await using var log = new FileStream(Path.Combine(directory, $"{name}.log"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        try
        {
            await output.CopyToAsync(log);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The pipe broke with its process.
        }
    }
}
