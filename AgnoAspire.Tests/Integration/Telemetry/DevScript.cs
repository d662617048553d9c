using System.Diagnostics;
using System.Text;

namespace AgnoAspire.Tests.Integration.Telemetry;

/// <summary>dev.sh while it runs, on free ports, with the services this test was built with.</summary>
internal sealed class DevScript : IAsyncDisposable
{
    public const string Model = "scripted-model";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    // …/AgnoAspire.Tests/bin/<configuration>/<framework>/
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
    private static readonly string Root = Output.Parent!.Parent!.Parent!.Parent!.FullName;

    private readonly Process process;

    private DevScript(Process process, int apiPort, int dashboardPort)
    {
        this.process = process;
        Api = new Uri($"http://127.0.0.1:{apiPort}");
        Dashboard = new Uri($"http://127.0.0.1:{dashboardPort}");
    }

    public Uri Api { get; }

    public Uri Dashboard { get; }

    /// <summary>Whether the dashboard is here or can be installed, and why not.</summary>
    public static async Task<(bool Found, string Why)> FindDashboardAsync(CancellationToken cancellationToken)
    {
        using var script = Process.Start(Bash("scripts/aspire-dashboard.sh"))!;
        var errors = script.StandardError.ReadToEndAsync(cancellationToken);
        await script.StandardOutput.ReadToEndAsync(cancellationToken);
        await script.WaitForExitAsync(cancellationToken).WaitAsync(StartLimit, TimeProvider.System, cancellationToken);
        return (script.ExitCode == 0, (await errors).Trim());
    }

    public static async Task<DevScript> StartAsync(Uri provider, CancellationToken cancellationToken)
    {
        var (api, dashboard, otlp) = (FreePair(), FreePair(), FreePair());
        var start = Bash("dev.sh");
        start.Environment["BUILD"] = "none";
        start.Environment["CONFIGURATION"] = Output.Parent!.Name;
        start.Environment["API_PORT"] = $"{api}";
        start.Environment["DASHBOARD_PORT"] = $"{dashboard}";
        start.Environment["OTLP_PORT"] = $"{otlp}";
        start.Environment["REDIS_PORT"] = $"{FreePair()}";
        start.Environment["Providers__scripted__Endpoint"] = provider.AbsoluteUri;
        start.Environment[$"Models__{Model}__Provider"] = "scripted";
        var script = new DevScript(Process.Start(start)!, api, dashboard);
        try
        {
            await script.ReadyAsync(cancellationToken).WaitAsync(StartLimit, TimeProvider.System, cancellationToken);
            return script;
        }
        catch
        {
            await script.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it as a service manager does; what Ctrl-C does is the same.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
        try
        {
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await kill.WaitForExitAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }
    }

    private static ProcessStartInfo Bash(string script) => new("bash", [script])
    {
        WorkingDirectory = Root,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    // The script takes the next port too.
    private static int FreePair()
    {
        while (true)
        {
            var first = Ports.Free();
            try
            {
                using var next = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, first + 1);
                next.Start();
                return first;
            }
            catch (System.Net.Sockets.SocketException)
            {
                // The next one is taken: another pair.
            }
        }
    }

    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        var said = new StringBuilder();
        process.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            said.AppendLine(line);
            if (line.StartsWith("Ctrl-C", StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException($"dev.sh ended: {said}");
    }
}
