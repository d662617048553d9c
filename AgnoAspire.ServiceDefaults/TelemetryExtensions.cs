using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AgnoAspire.ServiceDefaults;

/// <summary>Traces, metrics and logs by OpenTelemetry, exported by OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
internal static class TelemetryExtensions
{
    // Every source and meter of ours has a name that begins so; the features that have them need no registration.
    private const string Ours = "AgnoAspire.*";

    private const string EndpointSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ExportTimeSetting = "OTEL_EXPORTER_OTLP_TIMEOUT";

    // Traces, metrics and logs are each flushed once more on the way out, one after the other: a collector that is gone must not
    // hold up a stop three times the usual ten seconds.
    private const string ExportMilliseconds = "1500";

    public static void AddTelemetry(this IHostApplicationBuilder builder, params string[] probePaths)
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.Describe(builder.Environment.ApplicationName))
            .WithMetrics(metrics => metrics
                .AddMeter(Ours)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation())
            .WithTracing(tracing => tracing
                .AddSource(Ours)
                .AddAspNetCoreInstrumentation(options => options.Filter = context =>
                    !probePaths.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal)))
                .AddHttpClientInstrumentation());

        if (!string.IsNullOrWhiteSpace(builder.Configuration[EndpointSetting]))
        {
            builder.Configuration[ExportTimeSetting] ??= ExportMilliseconds;
            telemetry.UseOtlpExporter();
        }
    }

    private static void Describe(this ResourceBuilder resource, string applicationName)
    {
        var version = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

        // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say is read last, so it wins.
        resource.AddService(applicationName, serviceVersion: version).AddEnvironmentVariableDetector();
    }
}
