using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.ServiceDefaults;

/// <summary>What every service of the application has in common: telemetry, health checks and service discovery.</summary>
public static class ServiceDefaultsExtensions
{
    private const string ReadinessPath = "/health";
    private const string LivenessPath = "/alive";
    private const string LiveTag = "live";

    /// <summary>Adds telemetry (exported by OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set), health checks and service discovery.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry(ReadinessPath, LivenessPath);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.AddServiceDiscovery();

        // No standard resilience handler: its ten seconds an attempt and its retried POSTs would break inference calls.
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        return builder;
    }

    /// <summary>
    /// Sets the default address to listen on, which <c>ASPNETCORE_URLS</c>, <c>ASPNETCORE_HTTP_PORTS</c>, a launch profile and configured
    /// endpoints override.
    /// </summary>
    public static WebApplicationBuilder ListenByDefault(this WebApplicationBuilder builder, string url)
    {
        string[] settings = ["urls", "http_ports", "https_ports"];
        if (settings.All(setting => string.IsNullOrEmpty(builder.Configuration[setting]))
            && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(url);
        }

        return builder;
    }

    /// <summary>Maps <c>/health</c> (ready: every check passes) and <c>/alive</c> (the process answers), in every environment, as probes need them.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(ReadinessPath, new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous().DisableHttpMetrics();
        app.MapHealthChecks(LivenessPath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) }).AllowAnonymous().DisableHttpMetrics();
        return app;
    }

    // The status, and one line for each check that says more.
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain";
        var entries = report.Entries.Where(entry => entry.Value.Description is not null).Select(entry => $"\n{entry.Key}: {entry.Value.Description}");
        return context.Response.WriteAsync(report.Status + string.Concat(entries));
    }
}
