using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

// Aspire marks its publishing pipeline as under evaluation; there is no other way to publish a chart.
#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004

namespace AgnoAspire.AppHost.Publishing;

/// <summary>How the application is published: <c>aspire publish</c> writes the Helm chart of <c>deploy/helm</c>.</summary>
internal static class HelmChart
{
    /// <summary>What <c>aspire deploy</c> answers: without a step of its own it would report success.</summary>
    public const string DeployError =
        "aspire deploy does not install the chart. Run: aspire publish --output-path chart && helm upgrade --install chat chart --namespace chat --create-namespace --values my-values.yaml";

    private static readonly string Source = Path.Combine(AppContext.BaseDirectory, "helm");

    /// <summary>Adds the step that writes the chart to the output folder, and the one that refuses to deploy.</summary>
    public static void PublishAsHelmChart(this IDistributedApplicationBuilder builder)
    {
        builder.Pipeline.AddStep("publish-helm-chart", CopyAsync, requiredBy: WellKnownPipelineSteps.Publish);
        builder.Pipeline.AddStep("deploy-helm-chart", FailAsync, requiredBy: WellKnownPipelineSteps.Deploy);
    }

    private static Task FailAsync(PipelineStepContext context)
    {
        // For those who run the AppHost itself; the CLI has an exit code of its own.
        Environment.ExitCode = 1;
        throw new DistributedApplicationException(DeployError);
    }

    private static Task CopyAsync(PipelineStepContext context)
    {
        var output = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
        foreach (var file in Directory.EnumerateFiles(Source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(output, Path.GetRelativePath(Source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }

        return Task.CompletedTask;
    }
}
