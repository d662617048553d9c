using AgnoAspire.ApiService;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.RateLimiting;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Catalog;
using AgnoAspire.Worker.Inference;
using AgnoAspire.Worker.Processing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Testing.Explorer;

/// <summary>The services of the product that a simulated process has: all but hosting, HTTP server, telemetry and the connection to Redis.</summary>
internal static class ProductServices
{
    public const string Model = "demo";

    public static void Add(IServiceCollection services, bool isWorker, RunSettings settings)
    {
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton<IConfiguration>(settings.Configuration);
        services.AddSingleton(settings.Jobs);
        services.AddSingleton(Options.Create(settings.Jobs));
        services.AddChatJobsCore();
        if (isWorker)
        {
            AddWorker(services, settings);
        }
        else
        {
            AddApi(services, settings);
        }
    }

    private static void AddApi(IServiceCollection services, RunSettings settings)
    {
        services.AddSingleton<RelayContext>();
        services.AddSingleton<LiveRelay>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveRelay>());
        services.AddHostedService<UnservedJobEnder>();
        services.AddSingleton(Options.Create(new ChatApiOptions()));
        services.AddSingleton(Options.Create(new RateLimitOptions { RequestsPerMinute = settings.RequestsPerMinute }));
        services.AddSingleton(Options.Create(new ChatAuthenticationOptions()));
        services.AddSingleton<ShutdownCoordinator>();
        services.AddSingleton<CallerRateLimiter>();
        services.AddSingleton<JobSubmitter>();
        services.AddSingleton<ChatAdmission>();
        services.AddSingleton<StreamTokens>();
        services.AddSingleton<SseRelay>();
        services.AddSingleton<ViewerLimits>();
        services.AddSingleton<ChatStreams>();
    }

    private static void AddWorker(IServiceCollection services, RunSettings settings)
    {
        var catalog = new ModelCatalogOptions();
        catalog.Providers["demo"] = new ProviderOptions { Type = ProviderOptions.Demo, TokenDelay = settings.TokenDelay };
        catalog.Models[Model] = new ModelOptions { Provider = "demo", Continuation = settings.Continuation };
        services.AddSingleton(Options.Create(catalog));
        services.AddSingleton(Options.Create(new WorkerOptions { ShutdownDrainTimeout = settings.DrainTimeout }));
        services.AddSingleton<EndpointCircuitBreakers>();
        services.AddSingleton<ModelCatalog>();
        services.AddSingleton<JobExecutions>();
        services.AddSingleton<JobClaimer>();
        services.AddSingleton<JobLifecycle>();
        services.AddSingleton<AnswerGenerator>();
        services.AddSingleton<JobRunner>();
        services.AddSingleton<EndedStreams>();
        services.AddHostedService<LeaseRenewer>();
        services.AddHostedService<JobRecoverer>();
        services.AddHostedService<ModelRegistrar>();
        services.AddHostedService<CancelListener>();
        services.AddHostedService<JobProcessor>();
    }
}

/// <summary>The settings of one run, short enough for every deadline to be reached.</summary>
internal sealed class RunSettings(Func<int, int> choose)
{
    public IConfiguration Configuration { get; } = new ConfigurationBuilder().Build();

    public ChatJobsOptions Jobs { get; } = new()
    {
        KeyPrefix = "x",
        LeaseDuration = TimeSpan.FromSeconds(choose(2) == 0 ? 2 : 6),
        MaxAttempts = 1 + choose(2),
        StreamRetention = TimeSpan.FromSeconds(30 + (choose(2) * 60)),
        ExpiredJobRetention = TimeSpan.FromSeconds(60),
        QueueTimeout = TimeSpan.FromSeconds(choose(4) == 0 ? 12 : 300),
        RunningJobTimeToLive = TimeSpan.FromSeconds(choose(2) == 0 ? 15 : 600),
        WorkerTimeout = TimeSpan.FromSeconds(choose(2) == 0 ? 5 : 60),
        DisconnectGracePeriod = TimeSpan.FromSeconds(1 + choose(4)),
        MaxQueued = 3,
        MaxQueuedPerCaller = 2,
        MaxQueuedBytes = 200 * 1024,
        MaxQueuedBytesPerCaller = 100 * 1024,
        MaxDeadLetters = 1 + (choose(2) * 9),
        DeadLetterRetention = TimeSpan.FromMinutes(5),
    };

    public int? RequestsPerMinute { get; } = choose(2) == 0 ? null : 3;

    public TimeSpan DrainTimeout { get; } = TimeSpan.FromSeconds(choose(3));

    public TimeSpan TokenDelay { get; } = TimeSpan.FromMilliseconds(choose(3) switch { 0 => 0, 1 => 100, _ => 1500 });

    public ContinuationPolicy Continuation { get; } = (ContinuationPolicy)choose(3);
}
