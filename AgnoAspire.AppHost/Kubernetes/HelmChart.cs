using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

// Aspire marks its publishing pipeline as under evaluation; there is no other way to add files to a chart.
#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004

namespace AgnoAspire.AppHost;

/// <summary>
/// How the application is published: <c>aspire publish</c> writes a Helm chart. Aspire writes the Deployments, Services and ConfigMaps; what it
/// has no words for (policies, budgets, autoscalers, ingress, an optional Redis) are Helm templates beside this file, added to the chart.
/// </summary>
internal static class HelmChart
{
    private const string Name = "k8s";

    /// <summary>Adds the chart to a published application; a running one has none.</summary>
    public static void AddHelmChart(this IDistributedApplicationBuilder builder)
    {
        if (!builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        var version = typeof(HelmChart).Assembly.GetName().Version!.ToString(3);
        builder.AddKubernetesEnvironment(Name)
            .WithDashboard(enabled: false)
            .WithHelm(helm => helm
                .WithChartName("agnoaspire")
                .WithChartVersion(version)
                .WithChartDescription("A streaming chat API: API, inference workers and, unless turned off, their Redis."));
        builder.Pipeline.AddStep(
            "finish-helm-chart",
            context =>
            {
                var output = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
                ChartFiles.AddTo(output, version);
                return Task.CompletedTask;
            },
            dependsOn: $"publish-{Name}",
            requiredBy: WellKnownPipelineSteps.Publish);
    }
}
