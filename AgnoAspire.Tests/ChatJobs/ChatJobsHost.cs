using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.Tests.ChatJobs;

/// <summary>One process' view of the chat jobs: a host of its own with its own connections, under a shared key prefix.</summary>
public sealed class ChatJobsHost : IAsyncDisposable
{
    private readonly IHost host;

    private ChatJobsHost(IHost host) => this.host = host;

    public JobStore Jobs => Get<JobStore>();

    public JobQueue Queue => Get<JobQueue>();

    public StreamLog Log => Get<StreamLog>();

    public LiveRelay Relay => Get<LiveRelay>();

    public JobCanceller Canceller => Get<JobCanceller>();

    public static string NewPrefix() => $"t{JobId.New()[..12]}";

    public static async Task<ChatJobsHost> StartAsync(ServerFixture server, string prefix, Action<Dictionary<string, string?>>? configure = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = server.ConnectionString,
            ["ChatJobs:KeyPrefix"] = prefix,
        };
        configure?.Invoke(settings);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddChatJobs();
        builder.AddLiveRelay();
        var host = builder.Build();
        await host.StartAsync();
        return new ChatJobsHost(host);
    }

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    public async Task<string> EnqueueAsync(string owner = "caller", DisconnectPolicy policy = DisconnectPolicy.Continue)
    {
        var id = JobId.New();
        await Jobs.CreateAsync(NewJob(id, owner, policy));
        await Queue.EnqueueAsync(id, owner);
        return id;
    }

    public static NewJob NewJob(string id, string owner = "caller", DisconnectPolicy policy = DisconnectPolicy.Continue) => new()
    {
        Id = id,
        Owner = owner,
        Provider = "test",
        Fingerprint = "f",
        OnDisconnect = policy,
        Completion = new ChatCompletion { Model = "demo", Messages = [new Message(MessageRole.User, "Hello")] },
    };

    public async Task<ClaimedJob> ClaimAndBeginAsync() => (await Jobs.StartAsync((await Queue.ClaimAsync())!, "test"))!;

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }
}
