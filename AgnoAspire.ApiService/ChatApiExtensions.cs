using AgnoAspire.ApiService.Admin;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.OpenAI;
using AgnoAspire.ApiService.Page;
using AgnoAspire.ApiService.RateLimiting;
using AgnoAspire.ChatJobs;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AgnoAspire.ApiService;

/// <summary>Adds the chat API to a service.</summary>
public static class ChatApiExtensions
{
    // For closing connections after the drain timeout.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(4);

    /// <summary>Adds the services of the chat API.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="InvalidOperationException">No Redis is configured.</exception>
    public static WebApplicationBuilder AddChatApi(this WebApplicationBuilder builder)
    {
        builder.AddChatJobs();
        builder.AddLiveRelay();
        builder.AddCallerAuthentication();
        var services = builder.Services;
        services.AddOptions<ChatApiOptions>().BindConfiguration(ChatApiOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ShutdownCoordinator>();
        services.AddHostedService(provider => provider.GetRequiredService<ShutdownCoordinator>());
        services.AddRequestDecompression();
        services.AddSingleton<JsonBodyReader>();
        services.AddSingleton<CallerRateLimiter>();
        services.AddSingleton<CompletionValidator>();
        services.AddSingleton<JobSubmitter>();
        services.AddSingleton<ChatAdmission>();
        services.AddSingleton<SseRelay>();
        services.AddSingleton<ViewerLimits>();
        services.AddSingleton<OutageStreams>();
        services.AddSingleton<ChatStreams>();
        services.AddChatEndpoints();
        services.AddOpenAIEndpoints();
        services.AddProblems();
        services.AddApiDocument();
        services.AddOptions<HostOptions>().PostConfigure<IOptions<ChatApiOptions>>((host, api) =>
        {
            var required = api.Value.ShutdownDrainTimeout + CloseTime;
            host.ShutdownTimeout = host.ShutdownTimeout > required ? host.ShutdownTimeout : required;
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        services.AddSingleton<ConnectionLimit>();
        services.AddOptions<KestrelServerOptions>().PostConfigure<IOptions<ChatApiOptions>, ConnectionLimit>((kestrel, api, limit) =>
        {
            kestrel.Limits.MaxConcurrentConnections ??= api.Value.ConnectionCapacity;
            kestrel.ConfigureEndpointDefaults(limit.CountOn);
        });

        // Sends on the thread that flushes, which frees the buffer at once: 4 KiB less per viewer. Safe because nothing blocks.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        return builder;
    }

    /// <summary>Maps the endpoints of the chat API.</summary>
    /// <param name="app">The application.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapChatApi(this WebApplication app)
    {
        app.UseRequestIds();
        app.UseSecurityHeaders();
        app.UseAccessLog();
        app.UseProblems();
        app.Use(next => context => ConnectionLimit.InvokeAsync(context, next));
        app.UseRequestDecompression();
        app.Use(next => context => app.Services.GetRequiredService<OutageStreams>().InvokeAsync(context, next));
        app.UseCallerAuthentication();
        app.MapOpenApi();
        var api = app.MapGroup("").RequireAuthorization();
        api.MapChatEndpoints();
        api.MapOpenAIEndpoints();
        api.MapAdminEndpoints();
        app.MapChatPage();
        app.MapApiReference();
        return app;
    }
}
