using System.Net;
using System.Net.Sockets;

namespace AgnoAspire.Testing;

/// <summary>
/// A server as a child process that can be killed, suspended and started again on the same port. It has started when <paramref name="isReady"/>
/// says so. Its output goes to a file in <paramref name="directory"/>; without one it gets a folder that is deleted with it.
/// </summary>
public sealed class ServerProcess(
    string name, Uri address, string file, IEnumerable<string> arguments, Func<CancellationToken, Task<bool>> isReady, string? directory = null)
    : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly HttpClient Health = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly string[] arguments = [.. arguments];
    private readonly string folder = directory ?? Directory.CreateTempSubdirectory($"agno-{name}-").FullName;
    private readonly Lock access = new();
    private StreamWriter? log;
    private Process? process;

    public string Name => name;

    public Uri Address => address;

    /// <summary>Gets a client for a server that speaks HTTP.</summary>
    public HttpClient Client => field ??= new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };

    public int Id => process!.Id;

    /// <summary>Gets the environment variables of the next start.</summary>
    public Dictionary<string, string> Settings { get; init; } = [];

    /// <summary>Gets everything the process has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (access)
            {
                return File.ReadAllText(LogFile);
            }
        }
    }

    /// <summary>Gets the resident memory in bytes; 0 while the process does not run.</summary>
    public long WorkingSet
    {
        get
        {
            process?.Refresh();
            return process is { HasExited: false } running ? running.WorkingSet64 : 0;
        }
    }

    public TimeSpan ProcessorTime => process is { HasExited: false } running ? running.TotalProcessorTime : TimeSpan.Zero;

    private string LogFile => Path.Combine(folder, $"{name}.log");

    /// <summary>Whether an address answers a GET with success.</summary>
    public static async Task<bool> AnswersAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Health.GetAsync(address, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (
            exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Starts the process, or starts it again after it has ended, and waits until it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended or was not ready in time; the message has its output.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var (key, value) in Settings)
        {
            start.Environment[key] = value;
        }

        process?.Dispose();
        log ??= new StreamWriter(new FileStream(LogFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        process = new Process { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartTimeout);
        try
        {
            while (!await isReady(limit.Token))
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException($"{name} ended with exit code {process.ExitCode}:\n{Output}");
                }

                await Task.Delay(PollInterval, TimeProvider.System, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{name} was not ready within {StartTimeout.TotalSeconds} seconds:\n{Output}");
        }
    }

    /// <summary>Sends SIGSTOP.</summary>
    public void Suspend() => Signal("STOP");

    /// <summary>Sends SIGCONT.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Sends SIGKILL and waits for the end.</summary>
    public async Task KillAsync()
    {
        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>Sends SIGTERM and waits for the end; a process that does not end in time is killed, and has no exit code.</summary>
    public async Task<int?> StopAsync(TimeSpan? timeout = null)
    {
        Signal("TERM");
        using var limit = new CancellationTokenSource(timeout ?? StopTimeout, TimeProvider.System);
        try
        {
            await process!.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process?.Dispose();
        lock (access)
        {
            log?.Dispose();
            log = null;
        }

        if (directory is null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Id}"]);
        kill.WaitForExit();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (access)
        {
            if (line.Data is not null)
            {
                log?.WriteLine(line.Data);
            }
        }
    }
}

/// <summary>One of our services as a process, as it is deployed, on a loopback port.</summary>
public static class AppProcess
{
    /// <summary>
    /// A service that is not started yet, by default under the name of its project, on a free port, with its output in a folder that is deleted with
    /// it. The settings are its environment variables.
    /// </summary>
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

/// <summary>Free loopback ports.</summary>
public static class Ports
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
