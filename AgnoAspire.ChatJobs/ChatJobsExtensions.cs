using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Models;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ChatJobs;

/// <summary>Adds the jobs, their queue, their logs and the relay to a service.</summary>
public static class ChatJobsExtensions
{
    /// <summary>Adds everything of this project; adding it again, as two services in one process do, changes nothing.</summary>
    /// <exception cref="InvalidOperationException">No Redis is configured.</exception>
    public static IHostApplicationBuilder AddChatJobs(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(JobStore)))
        {
            return builder;
        }

        builder.AddRedis();
        services.AddOptions<ChatJobsOptions>().BindConfiguration(ChatJobsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ChatJobsOptions>>().Value);
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddChatJobsCore();
        services.AddHostedService<QueueMetricsCollector>();
        return builder;
    }

    /// <summary>Adds what needs only options, a clock and a connection to Redis.</summary>
    internal static void AddChatJobsCore(this IServiceCollection services)
    {
        services.AddSingleton<ChatJobsMetrics>();
        services.AddSingleton<RedisKeys>();
        services.AddSingleton<RedisConnection>();
        services.AddSingleton<JobStore>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<WorkerPresence>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<JobAdmitter>();
        services.AddSingleton<ClaimReleaser>();
        services.AddSingleton<JobNotifier>();
        services.AddSingleton<DeadLetterQueue>();
        services.AddSingleton<QueueAdmin>();
        services.AddSingleton<StreamLog>();
        services.AddSingleton<ReplicationBarrier>();
        services.AddSingleton<CancellationChannel>();
        services.AddSingleton<JobCanceller>();
    }

    /// <summary>Adds the relay, for a service that has viewers; after <see cref="AddChatJobs"/>.</summary>
    public static IHostApplicationBuilder AddLiveRelay(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RelayContext>();
        builder.Services.AddSingleton<LiveRelay>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<LiveRelay>());
        builder.Services.AddHostedService<PubSubLatencyProbe>();
        builder.Services.AddHostedService<UnservedJobEnder>();
        return builder;
    }
}
