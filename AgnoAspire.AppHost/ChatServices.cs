namespace AgnoAspire.AppHost;

/// <summary>The two services of the application.</summary>
internal static class ChatServices
{
    private const string Http = "http";

    /// <summary>Adds the processes that run inference.</summary>
    public static IResourceBuilder<ProjectResource> AddWorkers(
        this IDistributedApplicationBuilder builder,
        AppHostSettings settings,
        IResourceBuilder<IResourceWithConnectionString> redis,
        IResourceBuilder<ParameterResource> openAIKey) =>
        builder.AddService<Projects.AgnoAspire_Worker>("worker", redis)
            .WithHttpEndpoint(name: Http)
            .WithHttpHealthCheck("/health", endpointName: Http)
            .WithEnvironment("OPENAI_API_KEY", openAIKey)
            .WithReplicas(settings.WorkerReplicas)
            .WithIconName("Bot")
            .WithUrlForEndpoint(Http, url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithQueueCommands(redis);

    /// <summary>Adds the API and the chat page it serves.</summary>
    public static IResourceBuilder<ProjectResource> AddChatApi(
        this IDistributedApplicationBuilder builder, AppHostSettings settings, IResourceBuilder<IResourceWithConnectionString> redis) =>
        builder.AddService<Projects.AgnoAspire_ApiService>("api", redis)
            .WithHttpEndpoint(port: settings.ApiPort, name: Http)
            .WithHttpHealthCheck("/health", endpointName: Http)
            .WithReplicas(settings.ApiReplicas)
            .WithExternalHttpEndpoints()
            .WithIconName("ChatMultiple")
            .WithUrlForEndpoint(Http, url => url.DisplayText = "Chat page")
            .WithUrlForEndpoint(Http, endpoint => new ResourceUrlAnnotation { Url = $"{endpoint.Url}/openapi/v1.json", DisplayText = "OpenAPI" })
            .WithTestChatCommand();

    private static IResourceBuilder<ProjectResource> AddService<TProject>(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<IResourceWithConnectionString> redis)
        where TProject : IProjectMetadata, new()
    {
        // Launch settings are for a service that is started alone; here this file says everything.
        var service = builder.AddProject<TProject>(name, options => options.ExcludeLaunchProfile = true)
            .WithReference(redis)
            .WaitFor(redis);
        if (builder.ExecutionContext.IsRunMode)
        {
            // Without a launch profile a project would run as Production. The exporter's limit is short, or stopping would wait for a
            // dashboard that has gone already.
            service
                .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
                .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "2000");
        }

        return service;
    }
}
