using AgnoAspire.ChatJobs;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Worker;

/// <summary>Adds inference to a service.</summary>
public static class InferenceWorkerExtensions
{
    // What a stopping worker needs after its drain timeout to requeue its jobs.
    private static readonly TimeSpan RequeueTime = TimeSpan.FromSeconds(4);

    /// <summary>How long a worker may take to stop.</summary>
    internal static TimeSpan ShutdownTimeout(WorkerOptions options) => options.ShutdownDrainTimeout + RequeueTime;

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
        services.AddSingleton<JobRunner>();
        services.AddSingleton<ModelRegistrar>();

        // Hosted services stop in reverse: the loop drains while leases are still renewed and cancels still heard.
        services.AddHostedService<LeaseRenewer>();
        services.AddHostedService<CancelListener>();
        services.AddHostedService<JobProcessor>();
        services.AddOptions<HostOptions>().PostConfigure<IOptions<WorkerOptions>>((host, worker) =>
        {
            var needed = ShutdownTimeout(worker.Value);
            host.ShutdownTimeout = host.ShutdownTimeout > needed ? host.ShutdownTimeout : needed;
        });
        return builder;
    }
}
