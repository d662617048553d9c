using System.Diagnostics.Metrics;
using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Models;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.RateLimiting;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.ChatJobs.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AgnoAspire.ChatJobs;

/// <summary>Adds the jobs, their queue, their logs and the relay to a service.</summary>
public static class ChatJobsExtensions
{
    /// <summary>Adds everything of this project; adding it again, as two services in one process do, changes nothing.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The same builder.</returns>
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
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton(p => new ChatJobsMetrics(p.GetRequiredService<IMeterFactory>()));
        services.AddHostedService<QueueMetricsCollector>();
        services.AddSingleton<RedisKeys>();
        services.AddSingleton(p => new JobStore(Redis(p), Keys(p), Options(p)));
        services.AddSingleton(p => new JobQueue(Redis(p), Keys(p), Metrics(p), Options(p)));
        services.AddSingleton(p => new QueueAdmin(Redis(p), Keys(p)));
        services.AddSingleton(p => new DeadLetterQueue(Redis(p), Keys(p), p.GetRequiredService<JobStore>(), p.GetRequiredService<JobQueue>()));
        services.AddSingleton(p => new StreamLog(Redis(p), Keys(p), p.GetRequiredService<RateLimits>(), Time(p), Metrics(p), Options(p)));
        services.AddSingleton(p => new RateLimits(Redis(p), Keys(p)));
        services.AddSingleton(p => new CancellationChannel(Redis(p), Keys(p)));
        services.AddSingleton(p => new ModelRegistry(Redis(p), Keys(p), Time(p)));
        services.AddSingleton(p => new JobNotifier(p.GetRequiredService<IConfiguration>(), Keys(p)));
        services.AddSingleton(p => new JobCanceller(
            Redis(p), Keys(p), p.GetRequiredService<JobQueue>(), p.GetRequiredService<StreamLog>(), p.GetRequiredService<CancellationChannel>(), Options(p)));
        return builder;
    }

    /// <summary>Adds the relay, for a service that has viewers.</summary>
    /// <param name="builder">The application's builder, with <see cref="AddChatJobs"/> done.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddLiveRelay(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RelayContext>();
        builder.Services.AddSingleton(p => new LiveRelay(
            Redis(p), p.GetRequiredService<RelayContext>(), p.GetRequiredService<JobStore>(), p.GetRequiredService<JobCanceller>(), Options(p),
            p.GetRequiredService<ILogger<LiveRelay>>()));
        builder.Services.AddHostedService(p => p.GetRequiredService<LiveRelay>());
        builder.Services.AddHostedService<PubSubLatencyProbe>();
        return builder;
    }

    private static IConnectionMultiplexer Redis(IServiceProvider provider) => provider.GetRequiredService<IConnectionMultiplexer>();

    private static RedisKeys Keys(IServiceProvider provider) => provider.GetRequiredService<RedisKeys>();

    private static IOptions<ChatJobsOptions> Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<ChatJobsOptions>>();

    private static ChatJobsMetrics Metrics(IServiceProvider provider) => provider.GetRequiredService<ChatJobsMetrics>();

    private static TimeProvider Time(IServiceProvider provider) => provider.GetRequiredService<TimeProvider>();
}
