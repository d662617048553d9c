namespace AgnoAspire.AppHost;

internal static class HelmChartExtensions
{
    public static void AddHelmChart(this IDistributedApplicationBuilder builder) => builder.AddKubernetesEnvironment("k8s");
}
