using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.Benchmarks.Harness;

/// <summary>The chat jobs as one service has them, with connections of its own to Redis, and nothing around them.</summary>
internal sealed class JobsHost : IAsyncDisposable
{
    private readonly IHost host;

    private JobsHost(IHost host) => this.host = host;

    public static async Task<JobsHost> StartAsync(int redisPort, string keyPrefix)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = $"127.0.0.1:{redisPort}",
            ["ChatJobs:KeyPrefix"] = keyPrefix,
            ["ChatJobs:MaxQueued"] = "1000000",
            ["ChatJobs:MaxQueuedPerCaller"] = "1000000",
        });
        builder.AddChatJobs();
        builder.AddLiveRelay();
        var host = builder.Build();
        await host.StartAsync();
        return new JobsHost(host);
    }

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    /// <summary>Writes a job, as the API does before it puts it in the queue.</summary>
    public Task AdmitAsync(string id, string owner) => Get<JobStore>().CreateAsync(new NewJob
    {
        Id = id,
        Owner = owner,
        Provider = "bench",
        Fingerprint = "bench",
        OnDisconnect = DisconnectPolicy.Continue,
        Completion = new ChatCompletion { Model = ChatTarget.Model, Messages = [new Message(MessageRole.User, "Hello")] },
    });

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
