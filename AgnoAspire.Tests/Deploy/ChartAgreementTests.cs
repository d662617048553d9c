using System.Reflection;
using AgnoAspire.ApiService;
using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Redis;
using AgnoAspire.ServiceDefaults;
using AgnoAspire.Worker;
using AgnoAspire.Worker.Catalog;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AgnoAspire.Tests.Deploy;

/// <summary>What the chart that is kept in the repository says of the services is what the services do.</summary>
public sealed class ChartAgreementTests
{
    private static readonly object? Values = ChartYaml.Read(File.ReadAllText(Path.Combine(Repository.Chart, "values.yaml")));

    [Theory]
    [InlineData("api")]
    [InlineData("worker")]
    public void Service_listens_on_the_port_of_its_pod(string service)
    {
        var container = Container(service);

        Assert.Equal("8000", ChartYaml.At(container, "ports", 0, "containerPort"));
        Assert.Equal("8000", ChartYaml.At(Values, "config", service, "HTTP_PORTS"));
    }

    [Theory]
    [InlineData("api")]
    [InlineData("worker")]
    public async Task Probes_request_existing_endpoints(string service)
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults();
        await using var app = builder.Build();
        app.MapDefaultEndpoints();
        var routes = ((IEndpointRouteBuilder)app).DataSources
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Select(endpoint => endpoint.RoutePattern.RawText);
        var container = Container(service);

        Assert.Equal("/health", ChartYaml.At(container, "readinessProbe", "httpGet", "path"));
        Assert.Equal("/alive", ChartYaml.At(container, "livenessProbe", "httpGet", "path"));
        Assert.Equal("/alive", ChartYaml.At(container, "startupProbe", "httpGet", "path"));
        Assert.Superset(new HashSet<string?> { "/health", "/alive" }, routes.ToHashSet());
        Assert.All(["readinessProbe", "livenessProbe", "startupProbe"], probe => Assert.Equal("HTTP", ChartYaml.At(container, probe, "httpGet", "scheme")));
    }

    [Fact]
    public void Termination_grace_covers_the_drain_of_an_API()
    {
        var builder = WebApplication.CreateBuilder();
        Configure(builder.Configuration, "api", "ChatApi__ShutdownDrainTimeout");
        builder.AddChatApi();

        AssertTimeToStop("api", builder);
    }

    [Fact]
    public void Termination_grace_covers_the_drain_of_a_worker()
    {
        var builder = WebApplication.CreateBuilder();
        Configure(builder.Configuration, "worker", "Worker__ShutdownDrainTimeout");
        builder.AddInferenceWorker();

        AssertTimeToStop("worker", builder);
    }

    [Fact]
    public void Worker_of_the_chart_finishes_the_longest_answer_of_a_default_model() => Assert.Equal(
        new ModelOptions().TotalTimeout,
        TimeSpan.Parse(ChartYaml.At(Values, "config", "worker", "Worker__ShutdownDrainTimeout")!, CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("ChatApi__ShutdownDrainTimeout", typeof(ChatApiOptions))]
    [InlineData("Worker__ShutdownDrainTimeout", typeof(WorkerOptions))]
    [InlineData("ChatJobs__KeyPrefix", typeof(ChatJobsOptions))]
    public void A_setting_of_the_chart_is_one_the_services_have(string setting, Type options)
    {
        var section = (string)options.GetField("Section")!.GetRawConstantValue()!;
        var files = Directory.EnumerateFiles(Repository.Chart, "*", SearchOption.AllDirectories).Select(File.ReadAllText);

        Assert.Equal(setting.Split("__")[0], section);
        Assert.NotNull(options.GetProperty(setting.Split("__")[1], BindingFlags.Public | BindingFlags.Instance));
        Assert.Contains(files, text => text.Contains(setting, StringComparison.Ordinal));
    }

    [Fact]
    public void Scaler_reads_existing_queue_keys()
    {
        var keys = new RedisKeys(new ChatJobsOptions());
        var scaler = File.ReadAllText(Path.Combine(Repository.Chart, "templates", "worker", "autoscaler.yaml"));

        Assert.Equal(new ChatJobsOptions().KeyPrefix, ChartYaml.At(Values, "keyPrefix"));
        Assert.All([keys.Waiting, keys.Leases], key => Assert.Contains(
            "%s" + ((string)key!)["agno".Length..], scaler, StringComparison.Ordinal));
        Assert.InRange(long.Parse(ChartYaml.At(Values, "keda", "running")!, CultureInfo.InvariantCulture), 1, new WorkerOptions().MaxConcurrentJobs);
    }

    [Theory]
    [InlineData("api")]
    [InlineData("worker")]
    public void Redis_connection_string_has_the_name_services_read(string service)
    {
        Assert.Equal("ConnectionStrings__redis", ChartYaml.At(Container(service), "env", 0, "name"));
        Assert.Equal("connection-string", ChartYaml.At(Container(service), "env", 0, "valueFrom", "secretKeyRef", "key"));
    }

    [Theory]
    [InlineData("api", "AgnoAspire.ApiService")]
    [InlineData("worker", "AgnoAspire.Worker")]
    public void Image_is_the_built_one(string service, string project)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, project, $"{project}.csproj"));
        var version = typeof(ChatApiOptions).Assembly.GetName().Version!.ToString(3);

        Assert.Equal($"agnoaspire-{service}:{version}", ChartYaml.At(Values, "parameters", service, $"{service}_image"));
        Assert.Contains($"<ContainerRepository>agnoaspire-{service}</ContainerRepository>", text, StringComparison.Ordinal);
        Assert.Contains("<ContainerImageTag>$(Version)</ContainerImageTag>", text, StringComparison.Ordinal);
    }

    private static object? Pod(string service)
    {
        var deployment = (Dictionary<string, object?>)ChartYaml.Read(File.ReadAllText(Path.Combine(Repository.Chart, "templates", service, "deployment.yaml")))!;
        var template = (Dictionary<string, object?>)((Dictionary<string, object?>)deployment["spec"]!)["template"]!;
        return template["spec"];
    }

    private static object? Container(string service) => ((List<object?>)((Dictionary<string, object?>)Pod(service)!)["containers"]!)[0];

    private static void Configure(ConfigurationManager configuration, string service, string setting) => configuration.AddInMemoryCollection(
    [
        new("ConnectionStrings:redis", "127.0.0.1:1"),
        new(setting.Replace("__", ":", StringComparison.Ordinal), ChartYaml.At(Values, "config", service, setting)),
    ]);

    private static void AssertTimeToStop(string service, WebApplicationBuilder builder)
    {
        using var services = builder.Services.BuildServiceProvider();
        var stop = services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        var notice = service == "api" ? ChartYaml.At(Container(service), "lifecycle", "preStop", "sleep", "seconds") : "0";
        var grace = ChartYaml.At(Pod(service), "terminationGracePeriodSeconds");

        Assert.True(TimeSpan.FromSeconds(int.Parse(notice!, CultureInfo.InvariantCulture)) + stop < TimeSpan.FromSeconds(int.Parse(grace!, CultureInfo.InvariantCulture)));
    }
}
