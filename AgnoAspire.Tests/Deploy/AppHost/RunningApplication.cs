using AgnoAspire.Tests.Integration.Telemetry;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace AgnoAspire.Tests.Deploy.AppHost;

/// <summary>The tests that share one running application.</summary>
[CollectionDefinition(nameof(RunningApplication))]
public sealed class RunningApplicationCollection : ICollectionFixture<RunningApplication>;

/// <summary>The application as the AppHost starts it: real processes, a local Redis and the dashboard, on ports of their own, and one more model.</summary>
public sealed class RunningApplication : IAsyncLifetime
{
    /// <summary>A model whose provider is <see cref="ScriptedProvider"/>.</summary>
    public const string ScriptedModel = "scripted-model";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(1);

    private ScriptedProvider? provider;
    private DistributedApplication? app;

    public DistributedApplication App => app!;

    /// <summary>Gets the key of the dashboard's HTTP API. Set here, because Aspire keeps its keys in user secrets, which other AppHosts change.</summary>
    public string DashboardKey { get; } = $"{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit, TimeProvider.System);
        provider = await ScriptedProvider.StartAsync();
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AgnoAspire_AppHost>(
            new DistributedApplicationTestingBuilderOptions { EnableDashboard = true },
            ["--AgnoAspire:Redis=Local", $"--AppHost:DashboardApiKey={DashboardKey}", $"--AppHost:OtlpApiKey={Guid.NewGuid():N}"],
            limit.Token);

        builder.CreateResourceBuilder<ProjectResource>("api").WithEnvironment("ChatApi__ShutdownDrainTimeout", "00:00:01");

        // A stopping worker returns its jobs at once: the harder case.
        builder.CreateResourceBuilder<ProjectResource>("worker")
            .WithEnvironment("Providers__demo__TokenDelay", "00:00:00.020")
            .WithEnvironment("Worker__ShutdownDrainTimeout", "00:00:00")
            .WithEnvironment("Models__gpt-3.5-turbo__Provider", "demo")
            .WithEnvironment($"Models__{ScriptedModel}__Provider", "scripted")
            .WithEnvironment("Providers__scripted__Endpoint", provider.Endpoint.AbsoluteUri);
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
            using var limit = new CancellationTokenSource(StopLimit, TimeProvider.System);
            await app.StopAsync(limit.Token);
            await app.DisposeAsync();
        }

        if (provider is not null)
        {
            await provider.DisposeAsync();
        }
    }

    /// <summary>Runs a command of a resource, on each of its replicas.</summary>
    public async Task<ExecuteCommandResult> RunAsync(string resource, string command, params (string Name, string Value)[] arguments)
    {
        var model = App.Services.GetRequiredService<DistributedApplicationModel>();
        var target = model.Resources.Single(item => item.Name == resource);
        var inputs = arguments.Select(item => new InteractionInput { Name = item.Name, InputType = InputType.Text, Value = item.Value });
        return await App.ResourceCommands.ExecuteCommandAsync(target, command, new InteractionInputCollection([.. inputs]), TestContext.Current.CancellationToken);
    }
}
