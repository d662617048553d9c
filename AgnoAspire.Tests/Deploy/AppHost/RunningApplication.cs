using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>The whole application as the AppHost starts it, with real processes and a local Redis, on ports of its own; once for a class.</summary>
public sealed class RunningApplication : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private DistributedApplication? app;

    public DistributedApplication App => app!;

    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit, TimeProvider.System);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AgnoAspire_AppHost>(["--AgnoAspire:Redis=Local"], limit.Token);

        // A worker that stops hands its jobs back at once: the harder case.
        builder.CreateResourceBuilder<ProjectResource>("worker").WithEnvironment("Worker__ShutdownDrainTimeout", "00:00:00");
        app = await builder.BuildAsync(limit.Token);
        await app.StartAsync(limit.Token);
        await Task.WhenAll(
            app.ResourceNotifications.WaitForResourceHealthyAsync("api", limit.Token),
            app.ResourceNotifications.WaitForResourceHealthyAsync("worker", limit.Token));
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    public async Task<ExecuteCommandResult> RunAsync(string resource, string command)
    {
        var model = App.Services.GetService(typeof(DistributedApplicationModel)) as DistributedApplicationModel;
        var target = model!.Resources.Single(item => item.Name == resource);
        return await App.ResourceCommands.ExecuteCommandAsync(target, command, TestContext.Current.CancellationToken);
    }
}
