using System.Text.Json.Nodes;
using k8s;

namespace AgnoAspire.Tests.Deploy;

/// <summary>The published chart is one that Kubernetes takes, whichever parts of it are switched on.</summary>
public sealed class ChartValidityTests(ChartTools tools) : IClassFixture<ChartTools>
{
    private const string Own = "";
    private const string Everything =
        "keda.enabled=true,ingress.enabled=true,ingress.tlsSecret=chat-tls,providers.existingSecret=providers,redis.storage.className=fast,"
        + "extraConfig.Worker__MaxConcurrentJobs=32,networkPolicy.apiFrom[0].namespaceSelector.matchLabels.name=ingress";
    private const string Elsewhere = "redis.enabled=false,redis.existingSecret=shared-redis,networkPolicy.enabled=false";

    public static TheoryData<string> Values => [Own, Everything, Elsewhere];

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Helm_lint_passes(string values)
    {
        string[] set = values.Length == 0 ? [] : ["--set", values];
        var lint = await tools.HelmAsync(["lint", "--strict", Repository.Chart, .. set]);

        Assert.True(lint.ExitCode == 0, lint.Output + lint.Error);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Chart_has_only_known_fields(string values)
    {
        foreach (var text in await tools.RenderAsync(values))
        {
            // KEDA's kinds are not Kubernetes' own.
            if (!text.Contains("apiVersion: keda.sh/", StringComparison.Ordinal))
            {
                Assert.Single(KubernetesYaml.LoadAllFromString(text, strict: true));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Chart_matches_the_Kubernetes_schemas(string values)
    {
        var objects = new JsonArray([.. (await tools.RenderAsync(values)).Select(Json)]);

        Assert.True(objects.Count > 10);
        Assert.Equal("", await tools.SchemaErrorsAsync(objects));
    }

    [Fact]
    public async Task Checks_reject_invalid_manifests()
    {
        var service = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = new JsonObject { ["name"] = "wrong" },
            ["spec"] = new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["port"] = "8000" }) },
        };

        Assert.StartsWith("Service wrong:", await tools.SchemaErrorsAsync([service]), StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nspec:\n  prots: []\n", strict: true));
    }

    [Fact]
    public async Task Chart_without_Redis_fails_with_instructions()
    {
        var rendered = await tools.HelmAsync("template", "agno", Repository.Chart, "--set", "redis.enabled=false");

        Assert.NotEqual(0, rendered.ExitCode);
        Assert.Contains("redis.existingSecret", rendered.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Pods_have_minimal_rights(string values)
    {
        var pods = (await tools.RenderAsync(values)).Select(Json).Where(item => item["spec"]?["template"] is not null).Select(item => item["spec"]!["template"]!["spec"]!).ToList();

        Assert.NotEmpty(pods);
        Assert.All(pods, pod =>
        {
            Assert.True(pod["securityContext"]!["runAsNonRoot"]!.GetValue<bool>());
            Assert.False(pod["automountServiceAccountToken"]!.GetValue<bool>());
            var container = pod["containers"]!.AsArray().Single()!;
            Assert.True(container["securityContext"]!["readOnlyRootFilesystem"]!.GetValue<bool>());
            Assert.False(container["securityContext"]!["allowPrivilegeEscalation"]!.GetValue<bool>());
            Assert.Equal("ALL", container["securityContext"]!["capabilities"]!["drop"]![0]!.GetValue<string>());
            Assert.NotNull(container["resources"]!["limits"]!["memory"]);
            Assert.NotNull(container["readinessProbe"]);
            Assert.NotNull(container["livenessProbe"]);
            Assert.NotNull(container["startupProbe"]);
        });
    }

    private static JsonNode Json(string yaml)
    {
        var value = ChartYaml.Read(yaml);
        return JsonSerializer.SerializeToNode(value)!;
    }
}
