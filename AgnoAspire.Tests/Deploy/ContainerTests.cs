using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace AgnoAspire.Tests.Deploy;

/// <summary>
/// The images run as the chart runs them: no root, no privileges, nothing writable but /tmp. Needs podman, a redis-server, and in
/// AGNOASPIRE_CONTAINER_BASE the name of a .NET base image that this machine can pull; docs/operations.md says how to make one offline.
/// </summary>
public sealed class ContainerTests
{
    private const string BaseVariable = "AGNOASPIRE_CONTAINER_BASE";
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(2);

    private static readonly string[] Hardened =
    [
        "run", "--rm", "--detach", "--pull", "never", "--network", "host", "--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp:rw,size=64m",
        "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "512m",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Images_run_without_root_on_a_read_only_disk()
    {
        var image = Environment.GetEnvironmentVariable(BaseVariable);
        Assert.SkipWhen(string.IsNullOrEmpty(image), $"Set {BaseVariable} to a .NET base image to try the containers.");
        Assert.SkipUnless(ProcessRunner.Find("podman") is not null && RedisServer.IsInstalled, "The containers are tried with podman, beside a redis-server.");
        await BuildAsync("ApiService", image!);
        await BuildAsync("Worker", image!);

        await using var redis = await RedisServer.StartAsync();
        var api = $"http://127.0.0.1:{Ports.Free()}";
        await using var apiContainer = await StartAsync("agnoaspire-api", api, redis);
        await using var workerContainer = await StartAsync("agnoaspire-worker", $"http://127.0.0.1:{Ports.Free()}", redis);

        var last = await LastChunkAsync(api);

        Assert.Equal("stop", last["finish_reason"]!.GetValue<string>());
    }

    private static async Task BuildAsync(string project, string image)
    {
        var archive = Path.Combine(Directory.CreateTempSubdirectory("agno-image-").FullName, $"{project}.tar.gz");
        await ProcessRunner.RunAsync(
            "dotnet",
            ["publish", $"AgnoAspire.{project}", "-c", "Release", "-t:PublishContainer", $"-p:ContainerBaseImage={image}", $"-p:ContainerArchiveOutputPath={archive}"],
            BuildLimit,
            cancellationToken: TestContext.Current.CancellationToken);
        await ProcessRunner.RunAsync("podman", ["load", "-q", "-i", archive], BuildLimit, cancellationToken: TestContext.Current.CancellationToken);
    }

    private static async Task<Container> StartAsync(string name, string url, ServerProcess redis)
    {
        var version = typeof(ContainerTests).Assembly.GetName().Version!.ToString(3);
        var id = (await ProcessRunner.RunAsync(
            "podman",
            [.. Hardened, "-e", $"ConnectionStrings__redis={redis.Address.Authority}", "-e", $"ASPNETCORE_URLS={url}", "-e", "ChatApi__AllowAnonymous=true", $"docker.io/library/{name}:{version}"],
            RunLimit,
            cancellationToken: TestContext.Current.CancellationToken)).Trim();
        return new Container(id);
    }

    private static async Task<JsonNode> LastChunkAsync(string api)
    {
        using var limit = new CancellationTokenSource(RunLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Cancel);
        using var client = new HttpClient { BaseAddress = new Uri(api) };
        while (!await IsReadyAsync(client, either.Token))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, either.Token);
        }

        var completion = new { model = "gpt-3.5-turbo", stream = true, messages = new[] { new { role = "user", content = "Tell me a story about a robot named Max" } } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/chat");
        request.Content = JsonContent.Create(completion);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(either.Token);
        JsonNode? last = null;
        await foreach (var item in SseParser.Create(body).EnumerateAsync(either.Token))
        {
            last = JsonNode.Parse(item.Data);
        }

        return last!;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            // Ready to chat: the API answers, and a worker has said what it serves.
            using var response = await client.GetAsync("/v1/models/gpt-3.5-turbo", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private sealed class Container(string id) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await ProcessRunner.TryRunAsync("podman", ["rm", "--force", "--time", "1", id], RunLimit);
    }
}
