using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgnoAspire.AppHost;

/// <summary>When a command can be run.</summary>
internal static class CommandStates
{
    /// <summary>Enabled while the resource is healthy.</summary>
    public static ResourceCommandState WhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    /// <summary>Enabled while the resource runs; a connection string, which has no health, always does.</summary>
    public static ResourceCommandState WhenRunning(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
}
