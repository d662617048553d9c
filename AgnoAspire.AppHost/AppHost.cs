using AgnoAspire.AppHost;
using AgnoAspire.AppHost.Commands;
using AgnoAspire.AppHost.Publishing;
using AgnoAspire.AppHost.Redis;
using Microsoft.Extensions.DependencyInjection;

var builder = DistributedApplication.CreateBuilder(args);
if (!AppHostSettings.TryRead(builder.Configuration, out var settings, out var error)
    || (error = await RequiredPorts.FindTakenAsync(builder, settings)) is not null)
{
    await Console.Error.WriteLineAsync(error);
    return 1;
}

// Carries jobs to the workers and chunks back: a process of this machine, a container, or a server that runs already.
IResourceBuilder<IResourceWithConnectionString> redis = settings.Redis switch
{
    RedisMode.Container => builder.AddRedis(ChatRedis.Name).WithDataVolume("agnoaspire-redis"),
    RedisMode.External => builder.AddExternalRedis(ChatRedis.Name),
    _ => builder.AddLocalRedis(ChatRedis.Name),
};
redis.WithQueueCommands();

// Optional: without a key the built-in demo model answers, which needs no network.
var openAIKey = builder.AddParameter(
    "openai-api-key", builder.Configuration["Parameters:openai-api-key"] ?? builder.Configuration["OPENAI_API_KEY"] ?? "", secret: true)
    .WithDescription("The key of OpenAI. Leave it empty to use the built-in demo model, which needs no key and no network.");

// Runs inference. There are two by default, so that one can restart in the middle of an answer.
builder.AddProject<Projects.AgnoAspire_Worker>("worker", project => project.ExcludeLaunchProfile = true)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(redis).WaitFor(redis)
    .WithReplicas(settings.WorkerReplicas)
    .WithEnvironment("OPENAI_API_KEY", openAIKey)
    .WithServiceEnvironment(settings)
    .WithUrlForEndpoint("http", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
    .WithIconName("Bot");

// HTTP for callers: the chat, OpenAI and admin APIs, and the chat page.
builder.AddProject<Projects.AgnoAspire_ApiService>("api", project => project.ExcludeLaunchProfile = true)
    .WithHttpEndpoint(settings.ApiPort)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(redis).WaitFor(redis)
    .WithReplicas(settings.ApiReplicas)
    .WithServiceEnvironment(settings)
    .WithTestChatCommand()
    .WithUrlForEndpoint("http", url => url.DisplayText = "Chat page")
    .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = $"{endpoint.Url}/openapi/v1.json", DisplayText = "OpenAPI" })
    .WithIconName("ChatMultiple");

builder.Services.AddHostedService<StopOrder>();
builder.PublishAsHelmChart();
await builder.Build().RunAsync();
return Environment.ExitCode;
