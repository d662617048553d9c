using Microsoft.Extensions.Hosting;

namespace AgnoAspire.AppHost;

/// <summary>
/// Stops API and workers before Redis and the dashboard. Aspire stops everything at once, and a service would wait for a Redis that is gone.
/// </summary>
internal sealed class StopOrder(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceCommandService commands) : BackgroundService
{
    // Chats get five seconds to finish. Aspire stops what is left after this.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private readonly ConcurrentDictionary<string, bool> running = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool stopping;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        stopping = true;
        if (!running.IsEmpty)
        {
            // The commands poll for the end, up to three seconds apart; the notification comes at once.
            var stops = model.GetProjectResources()
                .Select(service => commands.ExecuteCommandAsync(service, KnownResourceCommands.StopCommand, cancellationToken));
            await Task.WhenAny(Task.WhenAll(stops.ToArray()), stopped.Task, Task.Delay(Limit, TimeProvider.System, cancellationToken));
        }

        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var change in notifications.WatchAsync(stoppingToken))
        {
            if (change.Resource is not ProjectResource)
            {
                continue;
            }

            if (change.Snapshot.State?.Text == KnownResourceStates.Running)
            {
                running[change.ResourceId] = true;
            }
            else if (KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text))
            {
                running.TryRemove(change.ResourceId, out _);
            }

            if (stopping && running.IsEmpty)
            {
                stopped.TrySetResult();
            }
        }
    }
}
