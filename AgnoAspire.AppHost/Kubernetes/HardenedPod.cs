using System.Globalization;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace AgnoAspire.AppHost;

/// <summary>What Aspire's Deployment lacks for production: probes, limits, no privileges, an orderly stop, secrets by reference.</summary>
internal static class HardenedPod
{
    /// <summary>The port of both services in the cluster, and in their images.</summary>
    public const int Port = 8000;

    // The user `app` of the .NET images.
    private const long User = 1654;

    /// <summary>Hardens the pods of a service when it is published to Kubernetes.</summary>
    public static IResourceBuilder<ProjectResource> WithHardenedPod(
        this IResourceBuilder<ProjectResource> service, PodTerms terms, Action<KubernetesResource>? more = null) => service
        .WithEnvironment(terms.DrainSetting, terms.DrainTime.ToString("c", CultureInfo.InvariantCulture))
        .WithEnvironment("OTEL_SERVICE_NAME", service.Resource.Name)
        .WithEnvironment("OTEL_EXPORTER_OTLP_ENDPOINT", "")
        .PublishAsKubernetesService(kubernetes =>
        {
            var deployment = (Deployment)kubernetes.Workload!;

            // Its autoscaler says how many there are.
            deployment.Spec.Replicas = null;
            deployment.Spec.Strategy.RollingUpdate = new RollingUpdateDeploymentV1 { MaxSurge = 1, MaxUnavailable = 0 };
            deployment.Spec.Template.Metadata.Annotations["checksum/config"] =
                $"{{{{ cat (include (print $.Template.BasePath `/{service.Resource.Name}/config.yaml`) .) (include (print $.Template.BasePath `/extraconfig.yaml`) .) | sha256sum }}}}";
            HardenPod(deployment.Spec.Template.Spec, service.Resource.Name, terms);
            HardenContainer(deployment.Spec.Template.Spec.Containers[0], service.Resource.Name, terms);
            more?.Invoke(kubernetes);
        });

    private static void HardenPod(PodSpecV1 pod, string name, PodTerms terms)
    {
        pod.ServiceAccountName = name;
        pod.AutomountServiceAccountToken = false;
        pod.EnableServiceLinks = false;
        pod.TerminationGracePeriodSeconds = (long)terms.GracePeriod.TotalSeconds;
        pod.SecurityContext = new PodSecurityContextV1
        {
            RunAsNonRoot = true,
            RunAsUser = User,
            RunAsGroup = User,
            SeccompProfile = new SeccompProfileV1 { Type = "RuntimeDefault" },
        };
        pod.TopologySpreadConstraints.Add(new TopologySpreadConstraintV1
        {
            MaxSkew = 1,
            TopologyKey = "kubernetes.io/hostname",
            WhenUnsatisfiable = "ScheduleAnyway",
            LabelSelector = new LabelSelectorV1(new Dictionary<string, string>
            {
                ["app.kubernetes.io/component"] = name,
                ["app.kubernetes.io/instance"] = "{{ .Release.Name }}",
            }),
        });
        pod.Volumes.Add(new VolumeV1 { Name = "tmp", EmptyDir = new EmptyDirVolumeSourceV1 { SizeLimit = "64Mi" } });
    }

    private static void HardenContainer(ContainerV1 container, string name, PodTerms terms)
    {
        container.SecurityContext = new SecurityContextV1
        {
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = true,
            Capabilities = new CapabilitiesV1 { Drop = { "ALL" } },
        };
        container.Resources = new ResourceRequirementsV1
        {
            Requests =
            {
                ["cpu"] = $"{{{{ .Values.{name}.resources.requests.cpu }}}}",
                ["memory"] = $"{{{{ .Values.{name}.resources.requests.memory }}}}",
            },
            Limits = { ["memory"] = $"{{{{ .Values.{name}.resources.limits.memory }}}}" },
        };
        container.StartupProbe = Probe("/alive", periodSeconds: 2, failures: 30);
        container.ReadinessProbe = Probe("/health", periodSeconds: 5, failures: 3);
        container.LivenessProbe = Probe("/alive", periodSeconds: 10, failures: 6);
        container.VolumeMounts.Add(new VolumeMountV1 { Name = "tmp", MountPath = "/tmp" });
        container.EnvFrom.Add(new EnvFromSourceV1 { ConfigMapRef = new ConfigMapEnvSourceV1 { Name = "extra-config" } });
        container.Env.Add(new EnvVarV1
        {
            Name = $"ConnectionStrings__{ChatRedis.Name}",
            ValueFrom = new EnvVarSourceV1
            {
                SecretKeyRef = new SecretKeySelectorV1 { Name = "{{ include `agnoaspire.redisSecret` . }}", Key = "connection-string" },
            },
        });
        if (terms.NoticeTime > TimeSpan.Zero)
        {
            // By the kubelet itself: the images have no shell.
            container.Lifecycle = new LifecycleV1
            {
                PreStop = new LifecycleHandlerV1
                {
                    Sleep = new SleepActionV1 { Seconds = (long)terms.NoticeTime.TotalSeconds },
                    Exec = null!,
                    HttpGet = null!,
                    TcpSocket = null!,
                },
            };
        }
    }

    private static ProbeV1 Probe(string path, int periodSeconds, int failures) => new()
    {
        HttpGet = new HttpGetActionV1 { Path = path, Port = "http", Scheme = "HTTP" },
        PeriodSeconds = periodSeconds,
        TimeoutSeconds = 3,
        FailureThreshold = failures,
    };
}
