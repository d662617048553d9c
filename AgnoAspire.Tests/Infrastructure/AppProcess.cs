using System.Collections.Concurrent;
using System.Diagnostics;

namespace AgnoAspire.Tests.Infrastructure;

/// <summary>One of our services as a real process on a loopback port of its own.</summary>
public sealed class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();

    private AppProcess(string project, IReadOnlyDictionary<string, string> environment, int port)
    {
        Address = new Uri($"http://127.0.0.1:{port}");
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Repository.Program(project) },
            WorkingDirectory = Path.GetDirectoryName(Repository.Program(project))!,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_URLS"] = Address.ToString();
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public int Id => process.Id;

    /// <summary>Gets everything the process has printed so far.</summary>
    public string Output => string.Join('\n', lines);

    public static async Task<AppProcess> StartAsync(string project, IReadOnlyDictionary<string, string> environment, int? port = null)
    {
        var app = new AppProcess(project, environment, port ?? Ports.Free());
        app.process.Start();
        app.process.BeginOutputReadLine();
        app.process.BeginErrorReadLine();
        await app.WaitUntilHealthyAsync();
        return app;
    }

    /// <summary>Ends the process with SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await WaitForExitAsync();
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        Signal("TERM");
        return await WaitForExitAsync();
    }

    /// <summary>Sends a signal, such as STOP or CONT.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits until the process has printed something.</summary>
    public async Task WaitForOutputAsync(string text, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        while (!lines.Any(line => line.Contains(text, StringComparison.Ordinal)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>Waits for the process to end by itself.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await KillAsync();
        process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is not null)
        {
            lines.Enqueue(e.Data);
        }
    }

    private async Task WaitUntilHealthyAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit, TimeProvider.System);
        while (true)
        {
            try
            {
                using var answer = await Client.GetAsync("/health", limit.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            if (process.HasExited || limit.IsCancellationRequested)
            {
                throw new InvalidOperationException($"{process.StartInfo.ArgumentList[0]} did not become healthy:\n{Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }
}
