using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Configuration;

namespace AgnoAspire.AppHost;

/// <summary>
/// The fixed ports of the application. Aspire starts without those that are in use, and everything looks healthy while another program answers.
/// </summary>
internal static class RequiredPorts
{
    // A predecessor may still be stopping.
    private static readonly TimeSpan PredecessorTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private static readonly (string Setting, string User)[] Dashboard =
    [
        ("ASPNETCORE_URLS", "the dashboard"),
        ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "the dashboard's telemetry"),
        ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "the dashboard's telemetry"),
        ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", "the dashboard's resource service"),
    ];

    /// <summary>Waits a few seconds for ports that are in use. One sentence names the first one still in use and its setting, if any.</summary>
    public static async Task<string?> FindTakenAsync(IDistributedApplicationBuilder builder, AppHostSettings settings)
    {
        if (builder.ExecutionContext.IsPublishMode || builder.Configuration.GetValue<bool>("DcpPublisher:RandomizePorts"))
        {
            return null;
        }

        var ports = Dashboard
            .SelectMany(
                item => Ports(builder.Configuration[item.Setting]).Select(port => (port, $"{item.Setting} (Properties/launchSettings.json)", item.User)))
            .Prepend((settings.ApiPort, "AgnoAspire__ApiPort", "the API"))
            .ToList();
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        using var limit = new CancellationTokenSource(PredecessorTimeout, TimeProvider.System);
        foreach (var (port, setting, user) in ports)
        {
            while (IsTaken(port))
            {
                if (limit.IsCancellationRequested)
                {
                    return $"Port {port} of {user} is in use. Set {setting} to a free port, or let Aspire choose all ports: aspire run --isolated";
                }

                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        return null;
    }

    private static IEnumerable<int> Ports(string? urls) => (urls ?? "")
        .Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.Port : 0)
        .Where(port => port > 0);

    private static bool IsTaken(int port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener =>
        listener.Port == port
        && (IPAddress.IsLoopback(listener.Address) || listener.Address.Equals(IPAddress.Any) || listener.Address.Equals(IPAddress.IPv6Any)));
}
