using AgnoAspire.ChatJobs.Contracts;
using AgnoAspire.ChatJobs.Relay;
using AgnoAspire.ChatJobs.Streams;
using AgnoAspire.Tests.Infrastructure;
using StackExchange.Redis;

namespace AgnoAspire.Tests.Contract;

/// <summary>What a contract needs to run on a Redis-protocol server: hosts that share a key prefix, and bounded waits.</summary>
public abstract class ServerContract(ServerFixture server) : IAsyncLifetime
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly string prefix = ChatJobsHost.NewPrefix();
    private readonly List<ChatJobsHost> hosts = [];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Gets the first host.</summary>
    protected ChatJobsHost One => hosts[0];

    protected IDatabase Database => One.Get<IConnectionMultiplexer>().GetDatabase();

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected async Task<ChatJobsHost> StartAsync(Action<Dictionary<string, string?>>? configure = null)
    {
        Assert.SkipWhen(server is RedisFixture && !RedisServer.IsInstalled, "no redis-server on this machine");
        var host = await ChatJobsHost.StartAsync(server.ConnectionString, prefix, configure);
        hosts.Add(host);
        return host;
    }

    protected static string Content(SequencedChunk chunk) => ChatChunk.Parse(chunk.Bytes.Span).Content;

    protected async Task<string[]> ContentsAsync(string id) => [.. (await One.Log.ReadAllAsync(id)).Select(Content)];

    protected static async Task<List<SequencedChunk>> ReadToEndAsync(Viewer viewer)
    {
        var all = new List<SequencedChunk>();
        var batch = new SequencedChunk[16];
        while (true)
        {
            var (status, count) = await viewer.ReadAsync(batch);
            if (status != ReadStatus.Chunks)
            {
                Assert.Equal(ReadStatus.Completed, status);
                return all;
            }

            all.AddRange(batch[..count]);
        }
    }

    /// <summary>Polls until a value is accepted, within the limit.</summary>
    protected static async Task<T> EventuallyAsync<T>(Func<Task<T>> read, Func<T, bool> accept)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Limit);
        while (true)
        {
            var value = await read();
            if (accept(value))
            {
                return value;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }
}
