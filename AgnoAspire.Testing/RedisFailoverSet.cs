using StackExchange.Redis;

namespace AgnoAspire.Testing;

/// <summary>One primary, two replicas and three Sentinels, as docs/redis.md demands for a failover that loses nothing.</summary>
public sealed class RedisFailoverSet : IAsyncDisposable
{
    private const string Service = "agno";

    // How long a primary is silent before the Sentinels fail over.
    private const int DownAfterMilliseconds = 1000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly string[] Safe = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "3", "--repl-diskless-sync-delay", "0"];

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("agno-failover-");
    private readonly List<ServerProcess> servers = [];
    private readonly List<ServerProcess> sentinels = [];

    private RedisFailoverSet()
    {
    }

    public IReadOnlyList<ServerProcess> Servers => servers;

    /// <summary>Gets what the services are configured with: the servers, of which they find the primary.</summary>
    public string ConnectionString => string.Join(',', servers.Select(server => server.Address.Authority));

    public static async Task<RedisFailoverSet> StartAsync(string appendFsync, CancellationToken cancellationToken)
    {
        var set = new RedisFailoverSet();
        try
        {
            await set.StartServersAsync(appendFsync, cancellationToken);
            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    /// <summary>Which server is the primary, as the Sentinels have it.</summary>
    public async Task<ServerProcess> PrimaryAsync(CancellationToken cancellationToken)
    {
        var address = (string[])(await SentinelAsync("get-master-addr-by-name", Service))!;
        cancellationToken.ThrowIfCancellationRequested();
        return servers.Single(server => server.Address.Authority == $"{address[0]}:{address[1]}");
    }

    /// <summary>Kills the primary, waits until a replica is promoted, and starts the old one again; returns how long there was no primary.</summary>
    public async Task<TimeSpan> KillPrimaryAsync(CancellationToken cancellationToken)
    {
        var old = await PrimaryAsync(cancellationToken);
        var killed = Stopwatch.GetTimestamp();
        await old.KillAsync();
        await UntilPromotedAsync(old, cancellationToken);
        var gap = Stopwatch.GetElapsedTime(killed);
        await old.StartAsync(cancellationToken);
        await UntilReplicatedAsync(cancellationToken);
        return gap;
    }

    /// <summary>Promotes a replica while the primary lives; returns how long there was no primary.</summary>
    public async Task<TimeSpan> PromoteAsync(CancellationToken cancellationToken)
    {
        var old = await PrimaryAsync(cancellationToken);
        var asked = Stopwatch.GetTimestamp();
        await UntilAsync(
            async () =>
            {
                try
                {
                    await SentinelAsync("failover", Service);
                    return true;
                }
                catch (RedisServerException exception) when (exception.Message.StartsWith("INPROG", StringComparison.Ordinal)
                    || exception.Message.StartsWith("NOGOODSLAVE", StringComparison.Ordinal))
                {
                    return false;
                }
            },
            cancellationToken);
        await UntilPromotedAsync(old, cancellationToken);
        var gap = Stopwatch.GetElapsedTime(asked);
        await UntilReplicatedAsync(cancellationToken);
        return gap;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in sentinels.Concat(servers))
        {
            await process.DisposeAsync();
        }

        directory.Delete(recursive: true);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        while (!await condition())
        {
            await Task.Delay(PollInterval, TimeProvider.System, limit.Token);
        }
    }

    private static async Task<bool> IsWritableAsync(ServerProcess server) => await ReplicasAsync(server) >= 1;

    // Replicas that count for min-replicas-to-write; -1 for a replica.
    private static async Task<int> ReplicasAsync(ServerProcess server)
    {
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync($"{server.Address.Authority},allowAdmin=true,connectRetry=1,connectTimeout=1000");
            var info = (await connection.GetServers()[0].InfoAsync("replication")).Single().ToDictionary(pair => pair.Key, pair => pair.Value);
            return info["role"] == "master" ? int.Parse(info["min_slaves_good_slaves"], CultureInfo.InvariantCulture) : -1;
        }
        catch (RedisException)
        {
            return -1;
        }
    }

    private async Task StartServersAsync(string appendFsync, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 3; i++)
        {
            string[] replica = i == 0 ? [] : ["--replicaof", "127.0.0.1", $"{servers[0].Address.Port}"];
            var folder = directory.CreateSubdirectory($"server{i}");
            servers.Add(RedisServer.Create(appendFsync, folder.FullName, [.. Safe, .. replica]));
            await servers[i].StartAsync(cancellationToken);
        }

        for (var i = 0; i < 3; i++)
        {
            var port = Ports.Free();
            var folder = directory.CreateSubdirectory($"sentinel{i}");
            var file = Path.Combine(folder.FullName, "sentinel.conf");
            await File.WriteAllTextAsync(
                file,
                $"""
                port {port}
                bind 127.0.0.1
                sentinel monitor {Service} 127.0.0.1 {servers[0].Address.Port} 2
                sentinel down-after-milliseconds {Service} {DownAfterMilliseconds}
                sentinel failover-timeout {Service} 4000
                sentinel parallel-syncs {Service} 2

                """,
                cancellationToken);
            sentinels.Add(new ServerProcess(
                $"sentinel{i}", new Uri($"redis://127.0.0.1:{port}"), "redis-server", [file, "--sentinel"],
                token => RedisServer.AnswersAsync(port, token), folder.FullName));
            await sentinels[i].StartAsync(cancellationToken);
        }

        await UntilReplicatedAsync(cancellationToken);
        await UntilAsync(async () => ((RedisResult[])(await SentinelAsync("sentinels", Service))!).Length == 2, cancellationToken);
    }

    private Task UntilPromotedAsync(ServerProcess old, CancellationToken cancellationToken) => UntilAsync(
        async () => await PrimaryAsync(cancellationToken) is var primary && primary != old && await IsWritableAsync(primary), cancellationToken);

    private Task UntilReplicatedAsync(CancellationToken cancellationToken) =>
        UntilAsync(async () => await ReplicasAsync(await PrimaryAsync(cancellationToken)) == 2, cancellationToken);

    private async Task<RedisResult> SentinelAsync(string command, string argument)
    {
        var options = ConfigurationOptions.Parse(sentinels[0].Address.Authority);
        options.CommandMap = CommandMap.Sentinel;
        options.TieBreaker = "";
        await using var connection = await ConnectionMultiplexer.SentinelConnectAsync(options);
        return await connection.GetServer(sentinels[0].Address.Authority).ExecuteAsync("SENTINEL", command, argument);
    }
}
