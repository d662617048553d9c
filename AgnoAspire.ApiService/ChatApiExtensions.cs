using AgnoAspire.ApiService.Access;
using AgnoAspire.ApiService.Admission;
using AgnoAspire.ApiService.Limits;
using AgnoAspire.ApiService.NativeFace;
using AgnoAspire.ApiService.OpenAIFace;
using AgnoAspire.ApiService.OperatorFace;
using AgnoAspire.ApiService.Page;
using AgnoAspire.ApiService.Problems;
using AgnoAspire.ApiService.Relay;
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
        services.AddOptions<LimitOptions>().BindConfiguration(LimitOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.AddAccess();
        services.AddOpenAIFace();
        services.AddProblems();
        services.AddOpenApi();
        services.AddSingleton<StreamDrain>();
        services.AddSingleton<CallerLimits>();
        services.AddSingleton<JobEntry>();
        services.AddSingleton<JobAdmission>();
        services.AddSingleton<ChatRequestReader>();
        services.AddSingleton<EventRelay>();
        services.AddOptions<HostOptions>().PostConfigure<IOptions<ChatApiOptions>>((host, api) =>
        {
            var needed = api.Value.DrainTime + CloseTime;
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
        app.UseRequestLog();
        app.UseProblems();
        app.UseAccess();
        app.MapOpenApi();
        var faces = app.MapGroup("").RequireAuthorization();
        faces.MapNativeFace();
        faces.MapOpenAIFace();
        faces.MapOperatorFace();
        app.MapChatPage();

        // Made at the start, so that it hears of the stop.
        app.Services.GetRequiredService<StreamDrain>();
        return app;
    }
}
