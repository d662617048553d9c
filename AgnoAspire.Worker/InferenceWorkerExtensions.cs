using AgnoAspire.ChatJobs;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Processing;

namespace AgnoAspire.Worker;

/// <summary>Adds a worker to a host.</summary>
public static class InferenceWorkerExtensions
{
    // After the drain timeout, to requeue what is still running.
    private static readonly TimeSpan RequeueTime = TimeSpan.FromSeconds(4);

    /// <summary>Adds a worker that claims chat jobs and runs them with the models of the configuration.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="InvalidOperationException">No Redis is configured.</exception>
    public static IHostApplicationBuilder AddInferenceWorker(this IHostApplicationBuilder builder)
    {
        builder.AddChatJobs();
        builder.AddModelCatalog();
        var services = builder.Services;
        services.AddOptions<WorkerOptions>().BindConfiguration(WorkerOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<JobExecutions>();
        services.AddSingleton<JobClaimer>();
        services.AddSingleton<JobLifecycle>();
        services.AddSingleton<AnswerGenerator>();
        services.AddSingleton<JobRunner>();

        // Hosted services stop in reverse: the processor drains while leases are still renewed and cancellations still received.
        services.AddHostedService<LeaseRenewer>();
        services.AddHostedService<JobRecoverer>();
        services.AddHostedService<ModelRegistrar>();
        services.AddHostedService<CancelListener>();
        services.AddSingleton<EndedStreams>();
        services.AddHostedService(provider => provider.GetRequiredService<EndedStreams>());
        services.AddHostedService<JobProcessor>();
        services.AddOptions<HostOptions>().PostConfigure<IOptions<WorkerOptions>>((host, worker) =>
        {
            var needed = worker.Value.ShutdownDrainTimeout + RequeueTime;
            host.ShutdownTimeout = host.ShutdownTimeout > needed ? host.ShutdownTimeout : needed;
        });
        return builder;
    }
}
