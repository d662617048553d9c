using AgnoAspire.ChatJobs;
using AgnoAspire.ChatJobs.Cancellation;
using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Jobs;
using AgnoAspire.ChatJobs.Queue;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgnoAspire.Testing;

/// <summary>One process' view of the chat jobs: a host with connections of its own, under a key prefix that several can share.</summary>
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

    public static async Task<ChatJobsHost> StartAsync(string connectionString, string prefix, Action<Dictionary<string, string?>>? configure = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = connectionString,
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

    public static NewJob NewJob(string id, string owner = "caller", DisconnectPolicy policy = DisconnectPolicy.Continue) => new()
    {
        Id = id,
        Owner = owner,
        Provider = "test",
        Fingerprint = "f",
        OnDisconnect = policy,
        Completion = ChatCompletion.Parse("""{"model":"demo","messages":[{"role":"user","content":"Hello"}]}"""u8.ToArray()),
    };

    public T Get<T>()
        where T : notnull => host.Services.GetRequiredService<T>();

    public async Task<string> EnqueueAsync(string owner = "caller", DisconnectPolicy policy = DisconnectPolicy.Continue)
    {
        var job = NewJob(JobId.New(), owner, policy);
        await Get<JobAdmitter>().EnqueueAsync(job, await Jobs.CreateAsync(job));
        return job.Id;
    }

    public async Task<ClaimedJob> ClaimAndBeginAsync() => (await Jobs.StartAsync((await Queue.ClaimAsync())!, "test"))!;

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
