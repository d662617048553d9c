// Under evaluation in Aspire.
#pragma warning disable ASPIRECERTIFICATES001

namespace AgnoAspire.AppHost;

/// <summary>What API and workers are told when the AppHost runs them.</summary>
internal static class ServiceEnvironment
{
    /// <summary>Sets the environment's name and what telemetry carries.</summary>
    public static IResourceBuilder<ProjectResource> WithServiceEnvironment(this IResourceBuilder<ProjectResource> service, AppHostSettings settings) => service
        .WithoutHttpsCertificate()
        .WithEnvironment(context =>
        {
            // Without a launch profile a project would run as Production.
            context.EnvironmentVariables["ASPNETCORE_ENVIRONMENT"] = service.ApplicationBuilder.Environment.EnvironmentName;

            // Aspire switches this on in Development, and its dashboard keeps what it receives on disk.
            context.EnvironmentVariables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = settings.CaptureMessages ? "true" : "false";

            // Aspire switches this on. A stop would wait for a dashboard that is gone.
            context.EnvironmentVariables.Remove("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY");
        });
}
