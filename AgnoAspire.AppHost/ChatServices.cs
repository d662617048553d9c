namespace AgnoAspire.AppHost;

/// <summary>The two services of the application.</summary>
internal static class ChatServices
{
    private const string Http = "http";

    /// <summary>Adds the processes that run inference.</summary>
    public static void AddWorkers(this IDistributedApplicationBuilder builder, AppHostSettings settings, IResourceBuilder<IResourceWithConnectionString> redis)
    {
        var worker = builder.AddService<Projects.AgnoAspire_Worker>("worker", port: null)
            .WithIconName("Bot")
            .WithUrlForEndpoint(Http, url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly);
        worker.RunsLocally(redis, settings.WorkerReplicas)
            .WithEnvironment("OPENAI_API_KEY", builder.AddOpenAIKey());
    }

    /// <summary>Adds the API and the chat page it serves.</summary>
    public static void AddChatApi(this IDistributedApplicationBuilder builder, AppHostSettings settings, IResourceBuilder<IResourceWithConnectionString> redis)
    {
        var api = builder.AddService<Projects.AgnoAspire_ApiService>("api", settings.ApiPort)
            .WithExternalHttpEndpoints()
            .WithIconName("ChatMultiple")
            .WithUrlForEndpoint(Http, url => url.DisplayText = "Chat page")
            .WithUrlForEndpoint(Http, endpoint => new ResourceUrlAnnotation { Url = $"{endpoint.Url}/openapi/v1.json", DisplayText = "OpenAPI" });
        api.RunsLocally(redis, settings.ApiReplicas).WithTestChatCommand();
    }

    private static IResourceBuilder<ProjectResource> AddService<TProject>(this IDistributedApplicationBuilder builder, string name, int? port)
        where TProject : IProjectMetadata, new()
    {
        // Launch settings are for a service that is started alone; here this file says everything.
        var service = builder.AddProject<TProject>(name, options => options.ExcludeLaunchProfile = true);
        return service.WithHttpEndpoint(port: port, name: Http).WithHttpHealthCheck("/health", endpointName: Http);
    }

    private static IResourceBuilder<ProjectResource> RunsLocally(
        this IResourceBuilder<ProjectResource> service, IResourceBuilder<IResourceWithConnectionString> redis, int replicas) => service
        .WithReference(redis)
        .WaitFor(redis)
        .WithReplicas(replicas)

        // Without a launch profile a project would run as Production.
        .WithEnvironment("ASPNETCORE_ENVIRONMENT", service.ApplicationBuilder.Environment.EnvironmentName)

        // Short, or stopping would wait for a dashboard that has gone already.
        .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "2000");
}
