using System.Net;
using System.Net.Sockets;
using AgnoAspire.AppHost;
using Aspire.Hosting;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>The AppHost as a process: what it needs before it starts, and how it ends.</summary>
public sealed class AppHostProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("AgnoAspire:ApiPort", "{0}", "AgnoAspire__ApiPort")]
    [InlineData("ASPNETCORE_URLS", "http://localhost:{0}", "ASPNETCORE_URLS")]
    [InlineData("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://localhost:{0}", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL")]
    public async Task Port_in_use_is_one_line_and_exit_code_1(string setting, string value, string shown)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var result = await ProcessRunner.TryRunAsync(
            "dotnet",
            [Repository.Program("AgnoAspire.AppHost"), $"--AgnoAspire:ApiPort={Ports.Free()}", $"--{setting}={string.Format(null, value, port)}"],
            Limit,
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(1, result.ExitCode);
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"Port {port} ", line, StringComparison.Ordinal);
        Assert.Contains(shown, line, StringComparison.Ordinal);
        Assert.Contains("aspire run --isolated", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predecessor_that_still_stops_gets_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var settings = new AppHostSettings { ApiPort = ((IPEndPoint)listener.LocalEndpoint).Port };
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });

        var taken = RequiredPorts.FindTakenAsync(builder, settings);
        Assert.False(taken.IsCompleted);
        listener.Stop();

        Assert.Null(await taken.WaitAsync(Limit, TimeProvider.System, Cancel));
    }

    [Theory]
    [InlineData("Distributed application starting")]
    [InlineData("Distributed application started")]
    public async Task SIGTERM_ends_it_with_exit_code_0(string line)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        string[] arguments =
        [
            Repository.Program("AgnoAspire.AppHost"), "--AgnoAspire:Redis=Local", "--DcpPublisher:RandomizePorts=true", "--ASPIRE_ALLOW_UNSECURED_TRANSPORT=true",
            "--ASPNETCORE_URLS=http://localhost:15888", "--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=http://localhost:15889",
            "--ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL=http://localhost:15890",
        ];

        // From the project's folder, as `dotnet run` does: appsettings.json is read from there.
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = Path.Combine(Repository.Root, "AgnoAspire.AppHost"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Cancel);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancel.Token);
            while (await process.StandardOutput.ReadLineAsync(cancel.Token) is { } text && !text.Contains(line, StringComparison.Ordinal))
            {
                // Up to the line to wait for.
            }

            await ProcessRunner.RunAsync("kill", ["-TERM", $"{process.Id}"], Limit, cancellationToken: TestContext.Current.CancellationToken);
            var rest = await process.StandardOutput.ReadToEndAsync(cancel.Token);
            await process.WaitForExitAsync(cancel.Token);

            Assert.Equal("", await errors);
            Assert.DoesNotContain("Exception", rest, StringComparison.Ordinal);
            Assert.Equal(0, process.ExitCode);
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
