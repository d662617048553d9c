using AgnoAspire.ApiService.Admin;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Authentication;
using AgnoAspire.ApiService.Chat;
using AgnoAspire.ApiService.Http;
using AgnoAspire.ApiService.OpenAI;
using AgnoAspire.ApiService.Page;
using AgnoAspire.ApiService.RateLimiting;
using AgnoAspire.ApiService.Streaming;
using AgnoAspire.ChatJobs;
using Microsoft.Extensions.Options;

namespace AgnoAspire.ApiService;

/// <summary>Adds the chat API to a service.</summary>
public static class ChatApiExtensions
{
    // What a stopping API needs after its drain time to close what is open.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(4);

    /// <summary>Adds what the chat API needs.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="InvalidOperationException">No Redis is configured.</exception>
    public static WebApplicationBuilder AddChatApi(this WebApplicationBuilder builder)
    {
        builder.AddChatJobs();
        builder.AddLiveRelay();
        var services = builder.Services;
        services.AddOptions<ChatApiOptions>().BindConfiguration(ChatApiOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.AddCallerAuthentication();
        services.AddOpenAIApi();
        services.AddProblems();
        services.AddOpenApi();
        services.AddSingleton<ShutdownCoordinator>();
        services.AddSingleton<CallerRateLimiter>();
        services.AddSingleton<JobSubmitter>();
        services.AddSingleton<ChatAdmission>();
        services.AddSingleton<ChatRequestReader>();
        services.AddSingleton<SseRelay>();
        services.AddOptions<HostOptions>().PostConfigure<IOptions<ChatApiOptions>>((host, api) =>
        {
            var needed = api.Value.ShutdownDrainTimeout + CloseTime;
            host.ShutdownTimeout = host.ShutdownTimeout > needed ? host.ShutdownTimeout : needed;
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

        // A flush sends at once, on the thread that has the chunk: 4 KiB a viewer less, as its block is free again. Safe where nothing blocks.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        return builder;
    }

    /// <summary>Maps the chat API.</summary>
    /// <param name="app">The application.</param>
    /// <returns>The same application.</returns>
    public static WebApplication MapChatApi(this WebApplication app)
    {
        app.UseRequestIds();
        app.UseSecurityHeaders();
        app.UseAccessLog();
        app.UseProblems();
        app.UseCallerAuthentication();
        app.MapOpenApi();
        var faces = app.MapGroup("").RequireAuthorization();
        faces.MapChatEndpoints();
        faces.MapOpenAIEndpoints();
        faces.MapAdminEndpoints();
        app.MapChatPage();

        // Made at the start, so that it hears of the stop.
        app.Services.GetRequiredService<ShutdownCoordinator>();
        return app;
    }
}
