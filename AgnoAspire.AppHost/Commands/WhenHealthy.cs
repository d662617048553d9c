using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgnoAspire.AppHost;

/// <summary>When a command can be run.</summary>
internal static class WhenHealthy
{
    /// <summary>Enabled while the resource is healthy.</summary>
    public static ResourceCommandState Enabled(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
}
