using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

// Aspire marks its publishing pipeline as under evaluation; there is no other way to publish a chart.
#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004

namespace AgnoAspire.AppHost;

/// <summary>How the application is published: <c>aspire publish</c> writes the Helm chart of <c>deploy/helm</c>.</summary>
internal static class HelmChart
{
    private static readonly string Source = Path.Combine(AppContext.BaseDirectory, "helm");

    /// <summary>Adds the step that writes the chart to the output folder.</summary>
    public static void PublishAsHelmChart(this IDistributedApplicationBuilder builder) => builder.Pipeline.AddStep(
        "publish-helm-chart",
        context =>
        {
            var output = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
            foreach (var file in Directory.EnumerateFiles(Source, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(output, Path.GetRelativePath(Source, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target, overwrite: true);
            }

            return Task.CompletedTask;
        },
        requiredBy: WellKnownPipelineSteps.Publish);
}
